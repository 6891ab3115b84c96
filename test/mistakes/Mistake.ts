/** A mistake of a user's, as data: what is wrong, and what the program makes of it. */
import type * as FakeProcess from "../../src/testing/FakeProcess.ts"
import type * as FakeRegistry from "../../src/testing/FakeRegistry.ts"

export interface Mistake {
  /** What is wrong, as the title of its test. */
  readonly wrong: string
  /**
   * `{host}` and `{origin}` are the registry's, `{home}` the home directory, here and in everything below. A manifest of
   * `team/app` by default.
   */
  readonly uri?: string
  /** A registry with a token service by default. */
  readonly registry?: FakeRegistry.Description
  /** Files below the home directory. A string is written as it is, all else as JSON; `null` makes a directory. */
  readonly files?: Readonly<Record<string, unknown>>
  /** The content of the configuration file; an entry for the registry by default. */
  readonly config?: unknown
  readonly variables?: Readonly<Record<string, string>>
  readonly programs?: Readonly<Record<string, FakeProcess.Reply>>
  readonly exit: number
  /** The line of the error; for an answer, what `CREDENTIAL_HELPER_LOGGING=basic` logs. */
  readonly says: RegExp
  /** It is tried with a real process, too. */
  readonly asProcess?: true
  /** The real registry has a certificate of its own making. */
  readonly tls?: true
}

export const entry = (rest: Readonly<Record<string, unknown>> = {}) => ({
  urls: [{ host: "{host}", helper: "oci", ...rest }]
})

/** Secrets, which no output may show in any form. */
export const secret = "canary-right"
export const old = "canary-wrong"

export const base64 = (text: string): string => Buffer.from(text).toString("base64")

/** A docker config with a login for a host. */
export const login = (
  { host = "{host}", password = secret, user = "dev" }: {
    readonly host?: string
    readonly user?: string
    readonly password?: string
  } = {}
) => ({ auths: { [host]: { auth: base64(`${user}:${password}`) } } })
