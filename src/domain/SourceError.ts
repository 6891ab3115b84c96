/**
 * How a credential source can come up empty.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * The source holds nothing for this registry; the next source is asked.
 *
 * @since 0.1.0
 * @category errors
 */
export class CredentialNotFound extends Data.TaggedError("CredentialNotFound")<{
  readonly source: string
}> {
  override get message(): string {
    return `${this.source}: nothing found.`
  }
}

/**
 * The source does not exist on this machine; noted, and the next source is asked.
 *
 * @since 0.1.0
 * @category errors
 */
export class SourceUnavailable extends Data.TaggedError("SourceUnavailable")<{
  readonly source: string
  readonly reason: string
}> {
  override get message(): string {
    return `${this.source}: not available (${this.reason}).`
  }
}
