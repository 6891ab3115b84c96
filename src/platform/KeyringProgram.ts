/**
 * Each platform's program for its keyring: how to invoke it, and how to read its output.
 *
 * Entries have the layout of zalando/go-keyring, which the GitHub CLI and tweag/credential-helper use. The Windows part
 * follows the documentation of `CredReadW` and has not been run.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Output } from "./Process.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface KeyringProgram {
  readonly name: string
  /** Where to get it. */
  readonly hint: string
  /** What a user runs to store a secret where `args` finds it. */
  readonly store: (service: string, account: string) => string
  /** Whether it talks to the Secret Service over the session bus. */
  readonly needsSessionBus: boolean
  /** Must not contain a secret. */
  readonly args: (service: string, account: string) => ReadonlyArray<string>
  readonly stdin: (service: string, account: string) => string
  /** Whether it reports that there is no such entry. */
  readonly isAbsent: (output: Output) => boolean
  /** The secret in its output; `None` if it cannot be decoded. */
  readonly secret: (stdout: string) => Option.Option<string>
}

const word = (text: string): string => /^[\w.:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

const secretTool: KeyringProgram = {
  name: "secret-tool",
  hint: "install libsecret-tools",
  store: (service, account) =>
    `secret-tool store --label=${word(service)} service ${word(service)} username ${word(account)}`,
  needsSessionBus: true,
  // Without "--", a service named --help would print the usage and exit with 0.
  args: (service, account) => ["lookup", "--", "service", service, "username", account],
  stdin: () => "",
  isAbsent: ({ exitCode, stderr }) => exitCode === 1 && Redacted.value(stderr) === "",
  secret: Option.some
}

const octetsOf = (encoding: "base64" | "hex", text: string): Option.Option<Buffer> =>
  (encoding === "hex" ? /^(?:[\da-f]{2})*$/i : /^[A-Za-z\d+/]*={0,2}$/).test(text)
    ? Option.some(Buffer.from(text, encoding))
    : Option.none()

const decodeAs = (encoding: "base64" | "hex") => (text: string): Option.Option<string> =>
  Option.map(octetsOf(encoding, text), (octets) => octets.toString("utf8"))

/** `security` prints one line. go-keyring encodes the secrets that it stores. */
const fromSecurity = (stdout: string): Option.Option<string> => {
  const line = stdout.replace(/\n$/, "")
  if (line.startsWith("go-keyring-base64:")) return decodeAs("base64")(line.slice("go-keyring-base64:".length))
  return line.startsWith("go-keyring-encoded:")
    ? decodeAs("hex")(line.slice("go-keyring-encoded:".length))
    : Option.some(line)
}

const security: KeyringProgram = {
  name: "security",
  hint: "it is part of macOS",
  store: (service, account) => `security add-generic-password -U -s ${word(service)} -a ${word(account)} -w`,
  needsSessionBus: false,
  args: (service, account) => ["find-generic-password", "-s", service, "-a", account, "-w"],
  stdin: () => "",
  // errSecItemNotFound
  isAbsent: ({ exitCode }) => exitCode === 44,
  secret: fromSecurity
}

/** Names come in on stdin and the secret goes out in base64, so neither is ever part of the script. */
const windowsScript = `
$ErrorActionPreference = 'Stop'
Add-Type -Namespace CredentialHelper -Name Native -MemberDefinition @'
[DllImport("advapi32.dll", CharSet = CharSet.Unicode, SetLastError = true)]
public static extern bool CredReadW(string target, int type, int flags, out IntPtr credential);
[DllImport("advapi32.dll")]
public static extern void CredFree(IntPtr credential);
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Unicode)]
public struct Credential {
  public int Flags; public int Type; public string TargetName; public string Comment; public long LastWritten;
  public int BlobSize; public IntPtr Blob; public int Persist; public int AttributeCount; public IntPtr Attributes;
  public string TargetAlias; public string UserName;
}
'@
while ($line = [Console]::In.ReadLine()) {
  $target = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($line))
  $found = [IntPtr]::Zero
  if ([CredentialHelper.Native]::CredReadW($target, 1, 0, [ref]$found)) {
    $entry = [Runtime.InteropServices.Marshal]::PtrToStructure($found, [Type][CredentialHelper.Native+Credential])
    $bytes = New-Object byte[] $entry.BlobSize
    if ($entry.BlobSize -gt 0) { [Runtime.InteropServices.Marshal]::Copy($entry.Blob, $bytes, 0, $entry.BlobSize) }
    [CredentialHelper.Native]::CredFree($found)
    [Console]::Out.Write([Convert]::ToBase64String($bytes))
    exit 0
  }
  if ([Runtime.InteropServices.Marshal]::GetLastWin32Error() -ne 1168) { exit 2 }
}
exit 1
`

/** go-keyring stores UTF-8, `cmdkey` and the Credential Manager UTF-16. */
const decodeCredential = (octets: Buffer): string => {
  const isUtf16 = octets.length > 0 && octets.length % 2 === 0 && octets.every((octet, i) => i % 2 === 0 || octet === 0)
  return octets.toString(isUtf16 ? "utf16le" : "utf8")
}

const base64 = (text: string, encoding: "utf8" | "utf16le"): string => Buffer.from(text, encoding).toString("base64")

const powershell: KeyringProgram = {
  name: "powershell",
  hint: "it is part of Windows",
  // Without a value, `/pass` asks for it. `cmdkey` wants a user, which is not looked at.
  store: (service, account) => `cmdkey /generic:"${service}:${account}" /user:me /pass`,
  needsSessionBus: false,
  args: () => ["-NoProfile", "-NonInteractive", "-EncodedCommand", base64(windowsScript, "utf16le")],
  stdin: (service, account) => `${base64(`${service}:${account}`, "utf8")}\n${base64(service, "utf8")}\n`,
  isAbsent: ({ exitCode }) => exitCode === 1,
  secret: (stdout) => Option.map(octetsOf("base64", stdout.trim()), decodeCredential)
}

const programs = new Map([["darwin", security], ["win32", powershell]])

/**
 * The program of a platform (a value of `process.platform`); that of the Secret Service by default.
 *
 * @since 0.1.0
 * @category constructors
 */
export const forPlatform = (platform: string): KeyringProgram => programs.get(platform) ?? secretTool
