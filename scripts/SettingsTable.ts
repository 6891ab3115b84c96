/** The table of environment variables in docs/configuration.md, generated from src/config/Settings.ts. */
import * as Settings from "../src/config/Settings.ts"

export const page = "docs/configuration.md"

const begin = "<!-- Generated from src/config/Settings.ts by `npm run docs`. -->"

const end = "<!-- End of the generated table. -->"

const readers: Readonly<Record<Settings.Reader, string>> = {
  get: "`get`",
  agent: "the agent",
  "install-workspace": "`install-workspace`",
  shim: "`tools/credential-helper`"
}

const row = ({ allowed, defaultText, description, name, readBy }: Settings.Setting<unknown>): string =>
  `| \`${name}\` | ${allowed} | ${defaultText} | ${description} | ${
    readBy.map((reader) => readers[reader]).join(", ")
  } |`

const table = [
  "| variable | value | default | meaning | read by |",
  "|---|---|---|---|---|",
  ...Settings.all.map(row)
]

/** The page with the current table between its two comments. */
export const update = (text: string): string => {
  const [before, rest = ""] = text.split(begin)
  const [, after] = rest.split(end)
  if (before === undefined || after === undefined) throw new Error(`${page} has lost the comments around the table`)
  return `${before}${begin}\n\n${table.join("\n")}\n\n${end}${after}`
}
