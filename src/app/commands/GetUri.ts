/**
 * `get` as a person types it, with the URI as an argument or the request on stdin. Bazel's `get` does not come through here.
 *
 * @since 0.2.0
 */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Stdio } from "../../platform/Stdio.ts"
import * as Get from "./Get.ts"

const encode = Schema.encodeSync(Schema.parseJson(Schema.Struct({ uri: Schema.String })))

const uri = Args.text({ name: "URI" }).pipe(
  Args.withDescription(
    "The URI or the host to ask for, in place of a request on stdin. Other users of this machine see it in the list of processes: pass a URI that holds a secret, such as a signed one, on stdin."
  ),
  Args.optional
)

/**
 * @since 0.2.0
 * @category commands
 */
export const command = Command.make("get", { uri }, ({ uri }) =>
  Option.match(uri, {
    onNone: () => Get.get,
    onSome: (uri) =>
      Effect.updateService(Get.get, Stdio, (stdio) => ({
        ...stdio,
        interactive: false,
        stdin: Effect.succeed(encode({ uri }))
      }))
  })).pipe(Command.withDescription(
    "Print the HTTP headers for a URI. Bazel passes it on stdin: {\"uri\":\"https://...\"}."
  ))
