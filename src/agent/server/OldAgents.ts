/**
 * What other builds of the program left behind: an upgraded program must not keep the old one's agent for hours.
 *
 * Agents that differ in the build alone have the first part of their socket's name in common. An agent of a newer version
 * is left alone: a workspace may be pinned to an older one, and the two must not fight.
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Order from "effect/Order"
import * as Schema from "effect/Schema"
import * as fs from "node:fs"
import { basename } from "node:path"
import { version } from "../../domain/Version.ts"
import type { Place } from "../endpoint/Endpoint.ts"
import * as ControlClient from "../protocol/ControlClient.ts"
import * as SocketLock from "./SocketLock.ts"

const pattern = /^(agent-[0-9a-z]+-)[0-9a-z]+\.sock/

/** All that an agent of another version surely tells. */
const decode = Schema.decodeOption(Schema.parseJson(Schema.Struct({ version: Schema.String })))

const parse = (text: string): Option.Option<readonly [ReadonlyArray<number>, string]> =>
  Option.map(
    Option.fromNullable(/^(\d+)\.(\d+)\.(\d+)(?:-([\w.-]+))?(?:\+[\w.-]+)?$/.exec(text)),
    // A version comes after all that lead up to it.
    ([, major, minor, patch, pre = "~"]) => [[Number(major), Number(minor), Number(patch)], pre] as const
  )

/**
 * Is it the version that we are of, or an earlier one? What is no version is not.
 *
 * @since 0.1.0
 * @category versions
 */
export const isReplaced = (other: string, own: string = version): boolean => {
  const order = Order.tuple(Order.array(Order.number), Order.string)
  return Option.exists(
    Option.all([parse(other), parse(own)]),
    ([other, own]) => Order.lessThanOrEqualTo(order)(other, own)
  )
}

/** The sockets of other builds, also those that have gone and left something behind. */
const others = ({ directory, socket }: Place): ReadonlyArray<string> => {
  const prefix = pattern.exec(basename(socket))?.[1]
  if (prefix === undefined) return []
  const names = fs.readdirSync(directory).flatMap((name) =>
    /^[0-9a-z-]+/.exec(name.startsWith(prefix) ? name : "") ?? []
  )
  return Arr.dedupe(names).map((name) => `${directory}/${name}.sock`).filter((other) => other !== socket)
}

const sweep = (path: string, directory: string): Effect.Effect<void> =>
  Effect.gen(function*() {
    const stem = basename(path, "sock")
    const names = fs.readdirSync(directory).filter((name) => name.startsWith(stem))
    for (const name of names) fs.rmSync(`${directory}/${name}`, { force: true })
    yield* Effect.logInfo(`removed what was left of ${path}`)
  })

/** An agent that is about to listen has a lock or, before that, the claim of its starter. */
const isStarting = (path: string): Effect.Effect<boolean> =>
  Effect.zipWith(SocketLock.isStarting(`${path}.lock`), Clock.currentTimeMillis, (locked, now) => {
    const claim = fs.statSync(`${path}.start`, { throwIfNoEntry: false })
    return locked || (claim !== undefined && now - claim.mtimeMs < SocketLock.startUp)
  })

const replace = (path: string, directory: string): Effect.Effect<unknown> =>
  Effect.gen(function*() {
    if (!(yield* SocketLock.isListening(path))) {
      return yield* Effect.unlessEffect(sweep(path, directory), isStarting(path))
    }
    const status = decode(yield* ControlClient.send(path, { command: "status" }))
    if (
      !Option.exists(status, ({ version }) => isReplaced(version))
    ) return
    yield* ControlClient.send(path, { command: "shutdown" })
    yield* Effect.logInfo(`stopped the agent at ${path}`)
  }).pipe(
    // One that hangs, talks nonsense or is not ours to touch is none of our business.
    Effect.catchAllCause((cause) => Effect.logDebug(`the agent at ${path} is left alone`, cause))
  )

/**
 * Stops the agents that this one replaces, and removes what those left that were killed. Only beside a socket with a name
 * of our making; never fails.
 *
 * @since 0.1.0
 * @category running
 */
export const retire = (place: Place): Effect.Effect<void> =>
  Effect.try(() => others(place)).pipe(
    Effect.orElseSucceed((): ReadonlyArray<string> => []),
    Effect.flatMap((paths) =>
      Effect.forEach(paths, (path) => replace(path, place.directory), { concurrency: 8, discard: true })
    )
  )
