// Measures the agent alone, without client processes. Like the thin client, each request is one connection and one line.
import { connect } from "node:net"
import { digestOfSources } from "../scripts/digest.ts"
import { cpuOf, memoryOf, throwIfStopped, together, WrongAnswer } from "./measure.ts"
import type { Home, Query } from "./world.ts"

const build = digestOfSources()

const converse = (socket: string, line: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = ""
    const client = connect({ path: socket })
    client.setEncoding("utf8").on("connect", () => client.write(line)).on("data", (part) => text += part)
    client.on("error", reject).on("close", () => resolve(text))
  })

const ask = async (socket: string, line: string, isRight: Query["isRight"]): Promise<void> => {
  throwIfStopped()
  const reply = await converse(socket, line)
  if (!reply.trimStart().startsWith("0 ") || !isRight(reply.trimStart().slice(2))) {
    throw new WrongAnswer(`wrong answer of the agent: ${reply}`)
  }
}

/** Answers per second to the same request, and the CPU time of one in microseconds. */
export const throughput = async (
  home: Home,
  { uri, isRight }: Query,
  { connections, requests, rounds }: {
    readonly rounds: number
    readonly requests: number
    readonly connections: number
  }
) => {
  const { identity, pid } = await home.status()
  const line = home.line(build, uri)
  const rates: Array<number> = []
  const micros: Array<number> = []
  for (let round = -1; round < rounds; round++) {
    const before = cpuOf(pid).own
    const started = performance.now()
    await together(requests, connections, () => ask(identity, line, isRight))
    if (round < 0) continue
    rates.push(requests / (performance.now() - started) * 1000)
    micros.push((cpuOf(pid).own - before) / requests * 1000)
  }
  return { rates, micros }
}

export interface Memory {
  readonly bytes: number
  readonly bytesBefore: number
  readonly anonymousBytes: number
  readonly fileBytes: number
}

/** The memory of an agent before and after it has answered these requests. */
export const memory = async (home: Home, queries: ReadonlyArray<Query>): Promise<Memory> => {
  const before = await home.status()
  const next = queries.values()
  await together(queries.length, 32, async () => {
    const { value: query } = next.next()
    if (query !== undefined) await ask(before.identity, home.line(build, query.uri), query.isRight)
  })
  const { entries, memoryBytes, pid } = await home.status()
  if (entries.length !== queries.length) throw new WrongAnswer(`the agent holds ${entries.length} answers`)
  return {
    bytes: memoryBytes,
    bytesBefore: before.memoryBytes,
    anonymousBytes: memoryOf(pid, "RssAnon"),
    fileBytes: memoryOf(pid, "RssFile")
  }
}
