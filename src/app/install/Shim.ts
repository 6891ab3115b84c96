/**
 * The file that a workspace commits, so that `%workspace%/tools/credential-helper` runs one version of the program for
 * everybody who builds there.
 *
 * @since 0.1.0
 */
import { version } from "../../domain/Version.ts"

/** Tells our file from somebody else's, whatever version wrote it. */
const marker = "# Made by: credential-helper install-workspace"

/**
 * Plain sh with nothing but its builtins: Bazel runs it for each URI, perhaps without a PATH, and a second process would
 * cost more than the whole answer. The folders are those of `PathExpansion.cache` on any platform, because the one file is
 * for all of them.
 *
 * @since 0.1.0
 * @category constants
 */
export const text = `#!/bin/sh
${marker}
#
# Commit this file. It runs the version below, which each user has in a folder of their own.
set -u
version=${version}
helper=
looked=

fail() {
  printf 'credential-helper: %s\\n' "$1" >&2
  exit 3
}

is_program() {
  [ -f "$1" ] && [ -x "$1" ]
}

look_in() {
  [ -z "$helper" ] || return 0
  if is_program "$1/bin/credential-helper-$version"; then
    helper=$1/bin/credential-helper-$version
  fi
  looked="\${looked:+$looked, }$1/bin"
}

if [ -n "\${CREDENTIAL_HELPER_BIN:-}" ]; then
  helper=$CREDENTIAL_HELPER_BIN
  # A bare name would be looked up in PATH.
  case $helper in
    */*) ;;
    *) helper=./$helper ;;
  esac
  is_program "$helper" || fail "CREDENTIAL_HELPER_BIN names $CREDENTIAL_HELPER_BIN, which is no executable file. Correct it, or unset it."
elif [ -n "\${CREDENTIAL_HELPER_WORKDIR:-}" ]; then
  look_in "$CREDENTIAL_HELPER_WORKDIR"
else
  for cache in "\${TEST_TMPDIR:-}" "\${XDG_CACHE_HOME:-}" "\${HOME:+$HOME/Library/Caches}" "\${HOME:+$HOME/.cache}"; do
    case $cache in
      /*) look_in "$cache/tweag-credential-helper" ;;
    esac
  done
fi

[ -n "$helper" ] || fail "version $version is not installed (looked in \${looked:-no folder: HOME is not set}). Run version $version of the program in this workspace: credential-helper install-workspace"
exec "$helper" "$@"
`

/**
 * Whether a text is ours to replace.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isOurs = (text: string): boolean => text.split(/\r?\n/).includes(marker)
