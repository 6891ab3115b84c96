/**
 * `credential-helper get`: one request on stdin, one answer on stdout.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Settings from "../../config/Settings.ts"
import { budget, CredentialHelper } from "../../CredentialHelper.ts"
import * as GetCredentials from "../../domain/GetCredentials.ts"
import { RequestInvalid } from "../../domain/GetCredentials.ts"
import * as Report from "../../domain/Report.ts"
import * as Resource from "../../domain/Resource.ts"
import * as Deadline from "../../platform/Deadline.ts"
import type { Environment } from "../../platform/Environment.ts"
import { Stdio } from "../../platform/Stdio.ts"
import type { ProgramError } from "../ProgramError.ts"

const late = new RequestInvalid({
  reason: `stdin was not closed within ${Duration.toSeconds(budget)} s`,
  expected: "Write the request and close stdin"
})

const request = Effect.gen(function*() {
  const { interactive, stderr, stdin } = yield* Stdio
  if (interactive) {
    yield* stderr(
      `Reading {"uri":"https://..."} from the terminal; end with Ctrl-D. Shorter: credential-helper get URI\n`
    )
  }
  const left = yield* Deadline.left
  const text = yield* interactive ? stdin : Effect.timeoutFail(stdin, { duration: left, onTimeout: () => late })
  return yield* GetCredentials.decodeRequest(text)
})

/**
 * @since 0.1.0
 * @category commands
 */
export const get: Effect.Effect<void, ProgramError, CredentialHelper | Environment | Stdio> = Effect.gen(function*() {
  const helper = yield* CredentialHelper
  const { interactive, stderr, stdout, terminal } = yield* Stdio
  const asked = yield* request
  const resource = yield* Resource.parse(asked.uri)
  const deadline = interactive ? Number.POSITIVE_INFINITY : yield* Deadline.Deadline
  const { provenance, result } = yield* helper.resolve(resource).pipe(
    Effect.provideService(Deadline.Deadline, deadline),
    // What a logger would print is in the record, which is reported as the agent does it.
    Logger.withMinimumLogLevel(LogLevel.None)
  )
  const notes = Report.notes(Report.verbosity(yield* Settings.get(Settings.logging), terminal), {
    label: resource.label,
    steps: provenance.steps,
    headers: Option.map(Either.getRight(result), ({ headers }) => headers.size),
    cachedMs: Option.none()
  })
  yield* Effect.forEach(notes, stderr, { discard: true })
  yield* stdout(GetCredentials.encodeResponse(yield* result, { now: yield* DateTime.now }))
})
