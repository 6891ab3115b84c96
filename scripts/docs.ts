// npm run docs: writes the generated parts of the documentation.
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as SettingsTable from "./SettingsTable.ts"

const path = fileURLToPath(new URL(`../${SettingsTable.page}`, import.meta.url))

writeFileSync(path, SettingsTable.update(readFileSync(path, "utf8")))
