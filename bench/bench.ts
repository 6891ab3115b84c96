// npm run bench: compares the time of a `get` with programs that do nothing, which take turns with it. Prints a table and
// writes results/latest.json and results/latest.svg. A missed target is reported; only a wrong answer is a failure.
import { memory, throughput } from "./agent.ts"
import { embedded } from "./embedded.ts"
import { expectRight, inTurns, median, run, stop, Stopped, type Storm, storm } from "./measure.ts"
import { type CountedStorm, type Figure, publish, rate, ratio, requests, size } from "./report.ts"
import { grants, type Home, makeWorld, programs, type Query, type RequestCounts, type World } from "./world.ts"

const rounds = { processes: 120, node: 100, slow: 40, cold: 2, warm: 2, agent: 5, embedded: 20 }
const concurrency = 64

/** Titles of the groups of figures in the chart. */
const groups = {
  executable: "From start to exit, compared with an empty executable",
  node: "On Node.js, compared with an empty script",
  alone: "Without an agent, compared with an empty executable"
}

const log = (text: string): void => void process.stderr.write(`bench: ${text}\n`)
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

/** Requests of a build that pulls images: for each repository a few tags, and layers. */
const filesOf = ({ at, registry }: World, count: number, each: number): ReadonlyArray<Query> =>
  numbers(count).map((index) => {
    const repository = `team/image-${index % (count / each)}`
    const number = Math.floor(index / (count / each))
    const digest = `${index}`.padStart(64, "0")
    const uri = at(repository, number < 3 ? `manifests/v${number}` : `blobs/sha256:${digest}`)
    return { uri, isRight: grants(repository, registry.username) }
  })

const isEmpty = (stdout: string): boolean => stdout === `{"headers":{}}\n`

const singleProcesses = async (world: World): Promise<ReadonlyArray<Figure>> => {
  log("single processes")
  const { at, emptyExecutable, emptyNode, home, registry } = world
  const user = home(programs.executable)
  const nodeUser = home(programs.node)
  const loner = home(programs.executable, { isLoggedIn: false, isStandalone: true })
  const image = { uri: at("team/private", "manifests/latest"), isRight: grants("team/private", registry.username) }
  const publicImage = { uri: at("public/image", "manifests/latest"), isRight: grants("public/image") }
  const foreign = { uri: "https://example.com/file", isRight: isEmpty }
  const [empty = [], warm = [], other = []] = await inTurns(
    [emptyExecutable, user.get(image), user.get(foreign)],
    rounds.processes,
    10
  )
  const [emptyAgain = [], alone = []] = await inTurns([emptyExecutable, loner.get(publicImage)], rounds.slow, 5)
  const [nodeEmpty = [], nodeWarm = []] = await inTurns([emptyNode, nodeUser.get(image)], rounds.node, 5)
  const of = "an empty executable"
  return [
    ratio("warm get", warm, { group: groups.executable, of, times: empty, target: 1.6 }),
    ratio("get for a foreign host", other, { group: groups.executable, of, times: empty, target: 1.6 }),
    ratio("warm get on Node.js", nodeWarm, { group: groups.node, of: "node -e 0", times: nodeEmpty, target: 1.35 }),
    ratio("get by itself, anonymous token", alone, { group: groups.alone, of, times: emptyAgain, target: 9 })
  ]
}

const difference = (after: RequestCounts, before: RequestCounts): RequestCounts => ({
  challenges: after.challenges - before.challenges,
  tokens: after.tokens - before.tokens,
  others: after.others - before.others
})

/** The start of a build: 500 files of 50 repositories without an agent. Then the same again, and as many empty programs. */
const storms = async (world: World): Promise<ReadonlyArray<Figure>> => {
  const { emptyExecutable, home, registry, shutDown } = world
  const files = filesOf(world, 500, 10)
  const cold: Array<CountedStorm> = []
  const warm: Array<CountedStorm> = []
  const empty: Array<Storm> = []
  for (let round = 0; round < rounds.cold; round++) {
    log(`storm ${round + 1} of ${rounds.cold}`)
    const user = home(programs.executable)
    const calls = files.map(user.get)
    const counted = async (): Promise<CountedStorm> => {
      const before = await registry.count()
      const outcome = await storm(calls, concurrency)
      return { ...outcome, requests: difference(await registry.count(), before) }
    }
    cold.push(await counted())
    for (let turn = 0; turn < rounds.warm; turn++) {
      warm.push(await counted())
      empty.push(await storm(files.map(() => emptyExecutable), concurrency))
    }
    await shutDown(user)
  }
  for (const { failures } of [...cold, ...warm]) failures.slice(0, 3).forEach(log)
  const perCall = (outcomes: ReadonlyArray<Storm>) => outcomes.map(({ millis }) => millis / files.length)
  const cpu = (outcomes: ReadonlyArray<Storm>) => median(outcomes.map(({ clientCpu }) => clientCpu / files.length))
  return [
    requests("cold storm: 500 files of 50 images", cold, { challenges: 1, tokens: 50, others: 0 }),
    ratio("warm storm, 64 at a time", perCall(warm), {
      group: groups.executable,
      of: "an empty executable",
      times: perCall(empty),
      target: 1.8,
      cpu: [cpu(warm), cpu(empty)]
    }),
    requests("the same again, warm", warm, { challenges: 0, tokens: 0, others: 0 })
  ]
}

const agentAlone = async (world: World): Promise<ReadonlyArray<Figure>> => {
  log("the agent alone")
  const { at, home, registry } = world
  const started = async (user: Home, query: Query): Promise<Home> => {
    const call = user.get(query)
    expectRight(call, await run(call))
    return user
  }
  const image = { uri: at("team/private", "manifests/latest"), isRight: grants("team/private", registry.username) }
  const busy = await started(home(programs.executable), image)
  const { micros, rates } = await throughput(busy, image, { rounds: rounds.agent, requests: 5000, connections: 64 })
  await world.shutDown(busy)
  const many = filesOf(world, 10_000, 200)
  const full = await memory(await started(home(programs.executable), many[0] ?? image), many)
  return [
    rate("answers of the agent", rates, median(micros)),
    size("agent holding 10,000 answers", full, 120)
  ]
}

const library = async ({ at, home }: World): Promise<ReadonlyArray<Figure>> => {
  log("the library in one process")
  const rates = await embedded(home(programs.executable), at("team/private", "manifests/latest"), {
    rounds: rounds.embedded,
    requests: 100
  })
  return [rate("get of the library, in one process", rates)]
}

if (process.platform === "win32") {
  process.stderr.write("bench: Windows is not supported, because there is no agent on Windows\n")
  process.exit(1)
}
// npm and terminals send a second signal, which must not end the process while it cleans up.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop)
const started = performance.now()
let world: World | undefined
try {
  world = await makeWorld()
  const figures: Array<Figure> = []
  for (const part of [singleProcesses, storms, agentAlone, library]) figures.push(...await part(world))
  publish(figures, Math.round((performance.now() - started) / 1000))
  if (figures.some((figure) => figure.kind === "requests" && figure.failures > 0)) process.exitCode = 1
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = error instanceof Stopped ? 130 : 1
} finally {
  stop()
  await world?.close()
}
