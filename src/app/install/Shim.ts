/**
 * The shell script `tools/credential-helper`, which a workspace commits so that everyone who builds it runs the same
 * version of the program.
 *
 * @since 0.1.0
 */
import { version } from "../../domain/Version.ts"

/** Identifies a shim of any version. */
const marker = "# Made by: credential-helper install-workspace"

/**
 * Plain sh, builtins only: Bazel runs it for each URI, possibly without a PATH, and starting another process would take
 * longer than the answer. It searches the directories of `config/PathExpansion` for every platform, because all platforms
 * share the file.
 *
 * @since 0.1.0
 * @category constants
 */
export const text = `#!/bin/sh
${marker}
#
# Commit this file. It runs the version below from a cache directory of the user.
set -u
version=${version}
helper=
searched=

fail() {
  printf 'credential-helper: %s\\n' "$1" >&2
  exit 3
}

is_program() {
  [ -f "$1" ] && [ -x "$1" ]
}

search() {
  [ -z "$helper" ] || return 0
  if is_program "$1/bin/credential-helper-$version"; then
    helper=$1/bin/credential-helper-$version
  fi
  searched="\${searched:+$searched, }$1/bin"
}

if [ -n "\${CREDENTIAL_HELPER_BIN:-}" ]; then
  helper=$CREDENTIAL_HELPER_BIN
  # A bare name would be searched on PATH.
  case $helper in
    */*) ;;
    *) helper=./$helper ;;
  esac
  is_program "$helper" || fail "CREDENTIAL_HELPER_BIN is $CREDENTIAL_HELPER_BIN, which is not an executable file. Correct or unset it."
elif [ -n "\${CREDENTIAL_HELPER_WORKDIR:-}" ]; then
  search "$CREDENTIAL_HELPER_WORKDIR"
else
  for cache in "\${TEST_TMPDIR:-}" "\${XDG_CACHE_HOME:-}" "\${HOME:+$HOME/Library/Caches}" "\${HOME:+$HOME/.cache}"; do
    case $cache in
      /*) search "$cache/tweag-credential-helper" ;;
    esac
  done
fi

[ -n "$helper" ] || fail "version $version is not installed (\${searched:+searched }\${searched:-no cache directory: HOME is not set}). Run version $version of the program in this workspace: credential-helper install-workspace"
exec "$helper" "$@"
`

/**
 * Whether the content of a file is the shim of tweag/credential-helper.
 *
 * @since 0.2.0
 * @category predicates
 */
export const isTweag = (text: string): boolean =>
  text.includes("# This is a shell stub that wraps the real credential helper binary.")

/**
 * Whether the content of a file is a shim, which may be replaced.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isOurs = (text: string): boolean => text.split(/\r?\n/).includes(marker)
