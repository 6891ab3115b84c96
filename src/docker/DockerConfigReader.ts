/**
 * Reads docker configs. What a variable names has to be usable; a default place that is not is passed over with a warning.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Provenance from "../domain/Provenance.ts"
import type { Environment } from "../platform/Environment.ts"
import { type Files, type FileUnreadable, type Writer, writerOf } from "../platform/Files.ts"
import * as DockerConfig from "./DockerConfig.ts"
import type { DockerConfigFile, Variable } from "./DockerConfigFiles.ts"
import { type DockerConfigMalformed, DockerConfigPlaceInvalid } from "./DockerError.ts"

type Problem = DockerConfigMalformed | DockerConfigPlaceInvalid | FileUnreadable

/** Others could put their own login or helper into the file. */
const exposure = (path: string, writer: Writer): string =>
  writer === "any user"
    ? `${path}: any user may write to it. Run chmod o-w ${path}.`
    : `${path} belongs to another user (uid ${writer}), who can change it. Check it: ls -l ${path}`

/**
 * Parses a config, and warns of what follows it.
 *
 * @since 0.2.0
 * @category decoding
 */
export const parse = Effect.fnUntraced(function*(file: DockerConfigFile, text: string) {
  const config = yield* DockerConfig.parse(file, text)
  if (Option.isSome(config.trailing)) {
    const { column, line } = config.trailing.value
    yield* Provenance.warn(
      `${file.path}: line ${line}, column ${column}: something follows the config. It is ignored; remove it.`
    )
  }
  return config
})

const directoryOf = (path: string): string => path.replace(/[\\/]+[^\\/]*$/, "") || "/"

/**
 * Reads the configs of one caller; `None` where there is none.
 *
 * @since 0.2.0
 * @category constructors
 */
export const make = (environment: Environment["Type"], files: Files["Type"]) => {
  /** `DOCKER_CONFIG` names a directory, which `docker login` fills. */
  const inDirectory = Effect.fnUntraced(function*({ name, path }: Variable) {
    const { _tag } = yield* files.read(path)
    if (_tag === "Text") {
      return yield* new DockerConfigPlaceInvalid({
        variable: name,
        reason: `names the file ${path}, and has to name the directory of config.json`,
        advice: /[\\/]config\.json$/.test(path)
          ? `Set it to ${directoryOf(path)}, or unset it`
          : "Unset it, and let REGISTRY_AUTH_FILE name the file"
      })
    }
    if (_tag === "Absent") {
      yield* Provenance.warn(
        `${name} names ${path}, which does not exist: docker has no login there. Unset it, or run docker login.`
      )
    }
  })

  const absent = ({ variable }: DockerConfigFile) => {
    if (Option.isNone(variable)) return Effect.void
    const { name, path } = variable.value
    return name === "DOCKER_CONFIG" ? inDirectory(variable.value) : Effect.fail(
      new DockerConfigPlaceInvalid({
        variable: name,
        reason: `names ${path}, which does not exist`,
        advice: "Set it to the path of a file, or unset it"
      })
    )
  }

  const directory = ({ path, variable }: DockerConfigFile) => {
    const remove = `rmdir ${path}`
    if (Option.isNone(variable)) {
      return Provenance.warn(
        `${path} is a directory, and is ignored. Docker makes one where it mounts a file that is missing: ${remove}`
      )
    }
    const isFile = variable.value.name === "REGISTRY_AUTH_FILE"
    return new DockerConfigPlaceInvalid({
      variable: variable.value.name,
      reason: isFile
        ? `names the directory ${path}, and has to name a file`
        : `names a place where ${path} is a directory`,
      advice: isFile ? `Set it to a file, such as ${path}/auth.json, or unset it` : `Remove the directory: ${remove}`
    })
  }

  const inFile = Effect.fnUntraced(function*(file: DockerConfigFile) {
    const content = yield* files.read(file.path)
    switch (content._tag) {
      case "Absent":
        return yield* Effect.as(absent(file), Option.none())
      case "Device":
        return Option.none()
      case "Directory":
        return yield* Effect.as(directory(file), Option.none())
      case "Text": {
        const writer = writerOf(environment, content.access)
        if (Option.isSome(writer)) yield* Provenance.warn(exposure(file.path, writer.value))
        return Option.some(yield* parse(file, content.text))
      }
    }
  })

  return (file: DockerConfigFile): Effect.Effect<Option.Option<DockerConfig.DockerConfig>, Problem> =>
    Option.isSome(file.variable) ?
      inFile(file) :
      Effect.catchAll(
        inFile(file),
        (error) => Effect.as(Provenance.warn(`${error.message.replace(/\.$/, "")}. It is ignored.`), Option.none())
      )
}
