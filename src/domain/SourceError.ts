/**
 * How a credential source can fail. `CredentialNotFound` and `SourceUnavailable` let the chain go on; the rest stops it.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The source holds nothing for this registry; the next source is asked.
 *
 * @since 0.1.0
 * @category errors
 */
export class CredentialNotFound extends Schema.TaggedError<CredentialNotFound>("CredentialHelper/CredentialNotFound")(
  "CredentialNotFound",
  { source: Schema.String }
) {
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
export class SourceUnavailable extends Schema.TaggedError<SourceUnavailable>("CredentialHelper/SourceUnavailable")(
  "SourceUnavailable",
  { source: Schema.String, reason: Schema.String }
) {
  override get message(): string {
    return `${this.source}: not available (${this.reason}).`
  }
}

/**
 * A host that must have a credential has none.
 *
 * @since 0.1.0
 * @category errors
 */
export class CredentialRequired extends Schema.TaggedError<CredentialRequired>("CredentialHelper/CredentialRequired")(
  "CredentialRequired",
  {
    host: Schema.String,
    /** What was asked, in order, each with its outcome. */
    tried: Schema.Array(Schema.String),
    hint: Schema.String
  }
) {
  override get message(): string {
    const tried = this.tried.length === 0 ? "" : ` (asked: ${this.tried.join("; ")})`
    return `no credential for ${this.host}, which the configuration requires${tried}. ${this.hint}`
  }
}

/**
 * The configuration names a docker credential helper that is not on the search path.
 *
 * @since 0.1.0
 * @category errors
 */
export class HelperNotFound extends Schema.TaggedError<HelperNotFound>("CredentialHelper/HelperNotFound")(
  "HelperNotFound",
  { helper: Schema.String, path: Schema.String, searched: Schema.Array(Schema.String) }
) {
  override get message(): string {
    const where = this.searched.length === 0 ? "PATH has no absolute folder" : `looked in ${this.searched.join(", ")}`
    return `${this.helper} not found (${where}), but ${this.path} names it. Install it, add its folder to PATH, or log in again.`
  }
}

/**
 * @since 0.1.0
 * @category errors
 */
export class HelperFailed extends Schema.TaggedError<HelperFailed>("CredentialHelper/HelperFailed")("HelperFailed", {
  helper: Schema.String,
  registry: Schema.String,
  /** One line of the helper's own words, cut and cleaned. */
  reason: Schema.String
}) {
  override get message(): string {
    return `${this.helper} failed for ${this.registry}: ${this.reason}. Try it by hand: echo ${this.registry} | ${this.helper} get`
  }
}

/**
 * @since 0.1.0
 * @category errors
 */
export class HelperOutputInvalid
  extends Schema.TaggedError<HelperOutputInvalid>("CredentialHelper/HelperOutputInvalid")("HelperOutputInvalid", {
    helper: Schema.String,
    registry: Schema.String,
    reason: Schema.String
  })
{
  override get message(): string {
    return `${this.helper} answered for ${this.registry} with something else than {"Username","Secret"} (${this.reason}). Update it, or log in again.`
  }
}

/**
 * @since 0.1.0
 * @category errors
 */
export class HelperTimeout
  extends Schema.TaggedError<HelperTimeout>("CredentialHelper/HelperTimeout")("HelperTimeout", {
    helper: Schema.String,
    registry: Schema.String,
    millis: Schema.Number
  })
{
  override get message(): string {
    return `${this.helper} gave no answer for ${this.registry} within ${
      this.millis / 1000
    } s and was stopped. It may be waiting for input; try it by hand: echo ${this.registry} | ${this.helper} get`
  }
}

/**
 * What a source can fail with so that the chain stops: the user's set-up is broken and hears so.
 *
 * @since 0.1.0
 * @category models
 */
export type HelperError = HelperNotFound | HelperFailed | HelperOutputInvalid | HelperTimeout
