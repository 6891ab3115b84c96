/**
 * An application that embeds the look-up: it asks for the headers of a URI, and says what came of it.
 *
 * A program ends in `NodeRuntime.runMain(main)`; here test/examples runs it.
 */
import { CredentialHelper } from "effect-credential-helper"
import * as Node from "effect-credential-helper/Node"
import * as Effect from "effect/Effect"

/** Each way to fail is a type of its own; here two of them are told apart. */
export const describe = (uri: string): Effect.Effect<string, never, CredentialHelper.CredentialHelper> =>
  Effect.gen(function*() {
    const helper = yield* CredentialHelper.CredentialHelper
    const { headers } = yield* helper.get({ uri })
    return headers.size === 0 ? "nothing is needed" : `send ${[...headers.keys()].join(", ")}`
  }).pipe(
    Effect.catchTags({
      TokenRefused: ({ registry }) => Effect.succeed(`log in to ${registry} again`),
      CredentialRequired: ({ host }) => Effect.succeed(`log in to ${host}`)
    }),
    Effect.catchAll(({ message }) => Effect.succeed(message))
  )

/** The application's edge: the layer is provided once. */
export const main = describe("https://example.com/file.tar.gz").pipe(Effect.provide(Node.layer))
