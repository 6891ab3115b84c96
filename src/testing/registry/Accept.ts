/**
 * Content negotiation.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1
 * @since 0.2.0
 */
import type * as FakeHttp from "../FakeHttp.ts"

/** The media ranges of a header, without those of quality 0. */
const ranges = (header: string): ReadonlyArray<string> =>
  header.split(",")
    .map((range) => range.split(";").map((part) => part.trim().toLowerCase()))
    .filter(([, ...parameters]) => !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter)))
    .map(([type = ""]) => type)

/**
 * Whether a client accepts a media type. A strict server wants the type itself in the header.
 *
 * @since 0.2.0
 * @category predicates
 */
export const accepts = ({ headers }: FakeHttp.Request, mediaType: string, strict: boolean): boolean => {
  const accepted = ranges(headers["accept"] ?? (strict ? "" : "*/*"))
  const wildcards = strict ? [] : ["*/*", `${mediaType.split("/")[0]}/*`]
  return [mediaType, ...wildcards].some((type) => accepted.includes(type))
}
