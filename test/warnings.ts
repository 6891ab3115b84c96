/** The steps of a lookup that are worth a warning, under the names that the vectors have for them. */
import type * as Provenance from "../src/domain/Provenance.ts"

const warningOf = (step: Provenance.Step): ReadonlyArray<string> => {
  switch (step._tag) {
    case "CredsStoreSkipped":
      return ["CredsStoreMissing"]
    case "Warned":
      return /is ignored/.test(step.text) ? ["ConfigIgnored"] : []
    case "SourceAsked":
      return step.outcome._tag === "Unavailable" ? ["SourceUnavailable"] : []
    default:
      return []
  }
}

export const warningsOf = ({ steps }: Provenance.Provenance): ReadonlyArray<string> => steps.flatMap(warningOf)
