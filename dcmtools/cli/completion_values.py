"""Values that the completions offer beside choices and files: named peers and keywords.

Keywords are a list in each completion file: a shell has found its words in it before a process has
started. The named peers are asked of ``dcmtools peers --names``.
"""

from __future__ import annotations

from string import Template
from textwrap import fill

from pydicom.datadict import dictionary_is_retired, keyword_dict

LEVELS = ("PATIENT", "STUDY", "SERIES", "IMAGE")
"""The values of QueryRetrieveLevel (PS3.4 section C.6)."""

_NO_KEYS = frozenset((0x0000, 0x0002, 0x0004, 0xFFFC, 0xFFFE))
"""Groups that are in no Identifier: of commands, files, file-sets, padding and items."""

_LEVEL_KEY = "QueryRetrieveLevel"


def keywords() -> list[str]:
    """Return the keywords of the data elements that a query can name, without those that are retired."""
    return sorted(
        keyword
        for keyword, tag in keyword_dict.items()
        if keyword and tag >> 16 not in _NO_KEYS and not dictionary_is_retired(tag)
    )


PEERS = {"bash": "_dcmtools_peers", "zsh": "_dcmtools_peers", "fish": "(_dcmtools_peers)"}
"""What completes the name of a peer, by shell."""

KEYS = {"bash": "_dcmtools_keys", "zsh": "_dcmtools_keys", "fish": "(_dcmtools_keys)"}
"""What completes a key of ``-k``, by shell."""


def functions(shell: str) -> str:
    """Return the functions that `PEERS` and `KEYS` name, for `shell`."""
    lines = fill(" ".join(keywords()), width=110).split("\n")
    return _FUNCTIONS[shell].substitute(
        keywords=(" \\\n" if shell == "fish" else "\n").join(lines),
        levels=" ".join(LEVELS),
        level_key=_LEVEL_KEY,
    )


# The word may be a path into sequences, or a list: the last keyword is completed.
_FUNCTIONS = {
    "bash": Template("""\
_dcmtools_keywords=($keywords)

_dcmtools_peers() {
  compgen -W "$$("$${COMP_WORDS[0]}" peers --names 2>/dev/null </dev/null)" -- "$$1"
}

_dcmtools_keys() {
  case $$1 in
    $level_key=*) compgen -P $level_key= -W "$levels" -- "$${1#*=}" ;;
    *=*) ;;
    *[.,]*) compgen -P "$${1%"$${1##*[.,]}"}" -W "$${_dcmtools_keywords[*]}" -- "$${1##*[.,]}" ;;
    *) compgen -W "$${_dcmtools_keywords[*]}" -- "$$1" ;;
  esac
}

# readline takes '=' and ':' as ends of words: join what they have parted, complete, and part it again
_dcmtools() {
  local line="$${COMP_LINE:0:COMP_POINT}" word rest parted
  local -a words=()
  local -i number
  for ((number = 0; number <= COMP_CWORD; number++)); do
    rest="$${line#"$${line%%[![:space:]]*}"}"
    word="$${COMP_WORDS[number]}"
    ((number == COMP_CWORD)) && word=$$rest
    if ((number > 0)) && [[ $$rest == "$$line" && -n $$line ]]; then
      words[$${#words[@]}-1]+=$$word
    else
      words+=("$$word")
    fi
    line="$${rest#"$$word"}"
  done
  COMP_WORDS=("$${words[@]}")
  COMP_CWORD=$$(($${#words[@]} - 1))
  _shtab_dcmtools
  word="$${COMP_WORDS[COMP_CWORD]}"
  if [[ $${COMP_WORDS[COMP_CWORD - 1]} == @(-k|--keyword) && $$word != *=* ]]; then
    compopt -o nospace 2>/dev/null || : # a value or a further keyword may follow
  fi
  for parted in = :; do
    if [[ $$word == *"$$parted"* && $$COMP_WORDBREAKS == *"$$parted"* ]]; then
      COMPREPLY=("$${COMPREPLY[@]#"$${word%"$$parted"*}$$parted"}")
      word="$${word##*"$$parted"}"
    fi
  done
}
"""),
    "zsh": Template("""\
_dcmtools_keywords=($keywords)

_dcmtools_peers() {
  compadd -- $${(f)"$$(_call_program peers dcmtools peers --names 2>/dev/null)"}
}

_dcmtools_keys() {
  if compset -P '$level_key='; then
    compadd -- $levels
  elif [[ $$PREFIX != *=* ]]; then
    compset -P '*[.,]'
    compadd -S '' -- $$_dcmtools_keywords
  fi
}
"""),
    "fish": Template("""\
set -g _dcmtools_keywords $keywords

function _dcmtools_peers
  dcmtools peers --names 2>/dev/null </dev/null
end

function _dcmtools_keys
  set -l word (commandline -ct)
  if string match -q '$level_key=*' -- $$word
    printf '$level_key=%s\\n' $levels
  else if not string match -q '*=*' -- $$word
    set -l path (string match -r '^.*[.,]' -- $$word)
    printf "$$path%s\\n" $$_dcmtools_keywords
  end
end
"""),
}
