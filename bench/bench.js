// npm run bench: what a `get` costs, as ratios to programs that do nothing, measured in turns with them. Prints a table,
// writes results/latest.json and draws results/latest.svg. A target that is missed is shown; a wrong answer is a failure.
import { embedded } from "./embedded.js"
import { memory, throughput } from "./agent.js"
import { expectRight, inTurns, median, run, storm, stop, Stopped } from "./measure.js"
import { publish, rate, ratio, requests, size } from "./report.js"
import { grants, makeWorld, programs } from "./world.js"

const rounds = { processes: 120, node: 100, slow: 40, cold: 2, warm: 2, agent: 5, embedded: 20 }
const atATime = 64

/** What the figures are compared with, as the picture has it. */
const groups = {
  executable: "From start to exit, compared with an empty executable",
  node: "On Node.js, compared with an empty script",
  alone: "Without an agent, compared with an empty executable"
}

const say = (text) => void process.stderr.write(`bench: ${text}\n`)
const numbers = (count) => Array.from({ length: count }, (_, index) => index)

/** Ten files of each repository, as a build that pulls images asks for them: a few tags, and layers. */
const filesOf = ({ at, registry }, count, each) =>
  numbers(count).map((index) => {
    const repository = `team/image-${index % (count / each)}`
    const number = Math.floor(index / (count / each))
    const digest = `${index}`.padStart(64, "0")
    const uri = at(repository, number < 3 ? `manifests/v${number}` : `blobs/sha256:${digest}`)
    return { uri, isRight: grants(repository, registry.username) }
  })

const isEmpty = (stdout) => stdout === `{"headers":{}}\n`

const singleProcesses = async (world) => {
  say("single processes")
  const { at, emptyExecutable, emptyNode, home, registry } = world
  const [user, nodeUser] = [home(programs.executable), home(programs.node)]
  const loner = home(programs.executable, { isLoggedIn: false, isAlone: true })
  const image = [at("team/private", "manifests/latest"), grants("team/private", registry.username)]
  const publicImage = [at("public/image", "manifests/latest"), grants("public/image")]
  const foreign = ["https://example.com/file", isEmpty]
  const gets = [user.get(...image), user.get(...foreign)]
  const [empty, warm, other] = await inTurns([emptyExecutable, ...gets], rounds.processes, 10)
  const [emptyAgain, alone] = await inTurns([emptyExecutable, loner.get(...publicImage)], rounds.slow, 5)
  const [nodeEmpty, nodeWarm] = await inTurns([emptyNode, nodeUser.get(...image)], rounds.node, 5)
  const of = "an empty executable"
  return [
    ratio("warm get", warm, { group: groups.executable, of, times: empty, target: 1.6 }),
    ratio("get for a foreign host", other, { group: groups.executable, of, times: empty, target: 1.6 }),
    ratio("warm get on Node.js", nodeWarm, { group: groups.node, of: "node -e 0", times: nodeEmpty, target: 1.35 }),
    ratio("get by itself, anonymous token", alone, { group: groups.alone, of, times: emptyAgain, target: 9 })
  ]
}

const difference = (after, before) => Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]))

/** A build that starts: 500 files of 50 repositories, nobody listens yet. Then the same again, and as many empty programs. */
const storms = async (world) => {
  const { emptyExecutable, home, registry, shutDown } = world
  const files = filesOf(world, 500, 10)
  const [cold, warm, empty] = [[], [], []]
  for (let round = 0; round < rounds.cold; round++) {
    say(`storm ${round + 1} of ${rounds.cold}`)
    const user = home(programs.executable)
    const calls = files.map(({ isRight, uri }) => user.get(uri, isRight))
    const counted = async () => {
      const before = await registry.count()
      const outcome = await storm(calls, atATime)
      return { ...outcome, requests: difference(await registry.count(), before) }
    }
    cold.push(await counted())
    for (let turn = 0; turn < rounds.warm; turn++) {
      warm.push(await counted())
      empty.push(await storm(files.map(() => emptyExecutable), atATime))
    }
    await shutDown(user)
  }
  for (const { failures } of [...cold, ...warm]) failures.slice(0, 3).forEach(say)
  const perCall = (outcomes) => outcomes.map(({ millis }) => millis / files.length)
  const cpu = (outcomes) => median(outcomes.map(({ clientCpu }) => clientCpu / files.length))
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

const agentAlone = async (world) => {
  say("the agent alone")
  const { at, home, registry } = world
  const started = async (user, { isRight, uri }) => {
    const call = user.get(uri, isRight)
    expectRight(call, await run(call))
    return user
  }
  const image = { uri: at("team/private", "manifests/latest"), isRight: grants("team/private", registry.username) }
  const busy = await started(home(programs.executable), image)
  const { micros, rates } = await throughput(busy, image, { rounds: rounds.agent, questions: 5000, connections: 64 })
  await world.shutDown(busy)
  const many = filesOf(world, 10_000, 200)
  const full = await memory(await started(home(programs.executable), many[0]), many)
  return [
    rate("answers of the agent", rates, { microsOfAgent: median(micros) }),
    size("agent holding 10,000 answers", full, { target: 120 })
  ]
}

const library = async ({ at, home }) => {
  say("the library in one process")
  const rates = await embedded(home(programs.executable), at("team/private", "manifests/latest"), {
    rounds: rounds.embedded,
    questions: 100
  })
  return [rate("get of the library, in one process", rates)]
}

if (process.platform === "win32") {
  process.stderr.write("bench: there is no agent on Windows, and nothing to measure it against\n")
  process.exit(1)
}
// A second signal, as npm and terminals send it, must not end the process while it cleans up.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop)
const started = performance.now()
let world
try {
  world = await makeWorld()
  const figures = []
  for (const part of [singleProcesses, storms, agentAlone, library]) figures.push(...await part(world))
  publish(figures, Math.round((performance.now() - started) / 1000))
  if (figures.some(({ failures = 0 }) => failures > 0)) process.exitCode = 1
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = error instanceof Stopped ? 130 : 1
} finally {
  stop()
  await world?.close()
}
