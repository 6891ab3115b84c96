/**
 * `credential-helper get`: one request on stdin, one answer on stdout.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { budget, CredentialHelper } from "../../CredentialHelper.ts"
import * as GetCredentials from "../../domain/GetCredentials.ts"
import { RequestInvalid } from "../../domain/GetCredentials.ts"
import * as Deadline from "../../platform/Deadline.ts"
import { Stdio } from "../../platform/Stdio.ts"
import type { ProgramError } from "../ProgramError.ts"

const late = new RequestInvalid({
  reason: `stdin was not closed within ${Duration.toSeconds(budget)} s`,
  expected: "Write the request and close stdin"
})

const request = Effect.gen(function*() {
  const { interactive, stderr, stdin } = yield* Stdio
  if (interactive) yield* stderr(`Reading {"uri":"https://..."} from the terminal; end with Ctrl-D.\n`)
  const left = yield* Deadline.left
  const text = yield* interactive ? stdin : Effect.timeoutFail(stdin, { duration: left, onTimeout: () => late })
  return yield* GetCredentials.decodeRequest(text)
})

/**
 * @since 0.1.0
 * @category commands
 */
export const get: Effect.Effect<void, ProgramError, CredentialHelper | Stdio> = Effect.gen(function*() {
  const helper = yield* CredentialHelper
  const { interactive, stdout } = yield* Stdio
  const asked = yield* request
  const deadline = interactive ? Number.POSITIVE_INFINITY : yield* Deadline.Deadline
  const response = yield* Effect.provideService(helper.get(asked), Deadline.Deadline, deadline)
  yield* Effect.logInfo(`answered with ${response.headers.size} header(s)`)
  yield* stdout(GetCredentials.encodeResponse(response, { now: yield* DateTime.now }))
})
