/**
 * The tree of commands as a completion script for bash 4.4 or later. It needs no other package, and starts no program: a
 * completion that takes the time of a start would not be used.
 */
import type { Completed, CompletedCommand } from "./completion-tree.ts";

/** Lines of the script. `version`: of the program that made it. */
export function bashScript(tree: readonly CompletedCommand[], version: string): readonly string[] {
  return [
    `# bash completion for mctp-lpc ${version}, made by "mctp-lpc completion bash"`,
    "",
    "# Of the command $1: its commands, its options, and what its arguments are.",
    "_mctp_lpc_command() {",
    '  case "$1" in',
    ...tree.map(
      ({ path, commands, options, arguments: given, isVariadic }) =>
        `    ${quoted(path)}) commands=${quoted(commands.join(" "))} options=${quoted(options.flatMap(({ flags }) => flags).join(" "))} kinds=(${given.map((one) => quoted(kindText(one))).join(" ")}) variadic=${isVariadic ? "1" : ""} ;;`,
    ),
    '    *) commands="" options="" kinds=() variadic="" ;;',
    "  esac",
    "}",
    "",
    "# What the option $2 of the command $1 takes; nothing where it takes no value.",
    "_mctp_lpc_value() {",
    '  case "$1:$2" in',
    ...tree.flatMap(({ path, options }) =>
      options.flatMap(({ flags, value }) =>
        value === undefined
          ? []
          : [`    ${flags.map((flag) => quoted(`${path}:${flag}`)).join("|")}) kind=${quoted(kindText(value))} ;;`],
      ),
    ),
    '    *) kind="" ;;',
    "  esac",
    "}",
    "",
    ...BODY.split("\n"),
  ];
}

function kindText(value: Completed): string {
  return typeof value === "string" ? value : `words ${value.words.join(" ")}`;
}

/** For a shell: the texts are names of this program's own, without a quote in them. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "")}'`;
}

const BODY = String.raw`_mctp_lpc_reply() {
  COMPREPLY=()
  case "$1" in
    words*) mapfile -t COMPREPLY < <(compgen -W "${"$"}{1#words}" -- "$2") ;;
    files) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
    folders) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$2") ;;
  esac
}

_mctp_lpc() {
  local commands options variadic kind path="" word at=1 count=0 current=${"$"}{COMP_WORDS[COMP_CWORD]}
  local -a kinds=()
  local before=${"$"}{COMP_WORDS[COMP_CWORD-1]} option=""
  _mctp_lpc_command ""
  while (( at < COMP_CWORD )); do
    word=${"$"}{COMP_WORDS[at]}
    option=""
    if [[ $word == -* ]]; then
      _mctp_lpc_value "$path" "$word"
      if [[ -n $kind ]]; then
        option=$word
        (( at++ ))
        # bash makes words of "=" and ":", as in --platform=shm:/dev/shm/board.
        [[ ${"$"}{COMP_WORDS[at]} == "=" ]] && (( at++ ))
        while (( at + 1 <= COMP_CWORD )) && [[ ${"$"}{COMP_WORDS[at+1]} == ":" ]]; do (( at += 2 )); done
        (( at >= COMP_CWORD )) && break
        option=""
      fi
    elif [[ " $commands " == *" $word "* ]]; then
      [[ $word == help ]] || path=${"$"}{path:+$path }$word
      _mctp_lpc_command "$path"
    else
      (( count++ ))
    fi
    (( at++ ))
  done
  if [[ -n $option ]]; then
    _mctp_lpc_value "$path" "$option"
    [[ $current == "=" ]] && current=""
    # Behind the colon of a platform stands a path.
    [[ $before == ":" || $current == ":" ]] && kind=files
    [[ $current == ":" ]] && current=""
    _mctp_lpc_reply "$kind" "$current"
  elif [[ $current == -* ]]; then
    _mctp_lpc_reply "words $options" "$current"
  elif [[ -n $commands && -z ${"$"}{kinds[0]} ]]; then
    (( count > 0 )) && commands=""
    _mctp_lpc_reply "words $commands" "$current"
  else
    (( count >= ${"$"}{#kinds[@]} )) && [[ -n $variadic ]] && count=$(( ${"$"}{#kinds[@]} - 1 ))
    _mctp_lpc_reply "${"$"}{kinds[count]:-any}" "$current"
    # A command that takes an argument itself has others below it.
    (( count == 0 )) && [[ -n $commands ]] && mapfile -t -O "${"$"}{#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$commands" -- "$current")
  fi
  return 0
}

complete -F _mctp_lpc mctp-lpc`;
