// The agent alone, without the processes that ask it: one connection, one line in, one line out, as ThinClient.ts does it.
import { connect } from "node:net"
import { digestOfSources } from "../scripts/digest.js"
import { cpuOf, mayGoOn, memoryOf, together, WrongAnswer } from "./measure.js"

const build = digestOfSources()

const converse = (socket, line) =>
  new Promise((resolve, reject) => {
    let text = ""
    const client = connect({ path: socket })
    client.setEncoding("utf8").on("connect", () => client.write(line)).on("data", (part) => text += part)
    client.on("error", reject).on("close", () => resolve(text))
  })

const ask = async (socket, line, isRight) => {
  mayGoOn()
  const reply = await converse(socket, line)
  if (!reply.trimStart().startsWith("0 ") || !isRight(reply.trimStart().slice(2))) {
    throw new WrongAnswer(`a wrong answer of the agent: ${reply}`)
  }
}

/** Answers per second to the same question, and what one costs the agent. */
export const throughput = async (home, { uri, isRight }, { rounds, questions, connections }) => {
  const { identity, pid } = await home.status()
  const line = home.line(build, uri)
  const rates = []
  const micros = []
  for (let round = -1; round < rounds; round++) {
    const before = cpuOf(pid).own
    const started = performance.now()
    await together(questions, connections, () => ask(identity, line, isRight))
    if (round < 0) continue
    rates.push(questions / (performance.now() - started) * 1000)
    micros.push((cpuOf(pid).own - before) / questions * 1000)
  }
  return { rates, micros }
}

/** The memory of an agent that has answered these questions, with the part that is not the executable's file. */
export const memory = async (home, questions) => {
  const before = await home.status()
  await together(questions.length, 32, (index) =>
    ask(before.identity, home.line(build, questions[index].uri), questions[index].isRight))
  const { entries, memoryBytes, pid } = await home.status()
  if (entries.length !== questions.length) throw new WrongAnswer(`the agent holds ${entries.length} answers`)
  return {
    bytes: memoryBytes,
    bytesBefore: before.memoryBytes,
    anonymousBytes: memoryOf(pid, "RssAnon"),
    fileBytes: memoryOf(pid, "RssFile")
  }
}
