/**
 * The exit codes of the program. Every error class names one of them.
 *
 * @since 0.2.0
 */

/**
 * @since 0.2.0
 * @category constants
 */
export const ExitCode = {
  usage: 2,
  configuration: 3,
  credential: 4,
  refused: 5,
  unreachable: 6,
  /** A bug of ours (`EX_SOFTWARE` of sysexits.h). */
  defect: 70,
  /** `EX_IOERR` of sysexits.h. */
  output: 74
} as const
