//! What bash 3.2, which macOS has, does not know or does otherwise: the constructs, each with its reason, and where a script uses one.
//!
//! No shell checker knows versions of bash, and no registry that builds can reach has a bash that old: so a list. The versions are those of
//! bash's own NEWS and CHANGES files.

use regex::Regex;

/// A construct: how it looks, and what an older bash makes of it.
const CONSTRUCTS: &[(&str, &str)] = &[
    (
        r"\b(mapfile|readarray)\b",
        "builtin of bash 4.0: `while IFS= read -r -d ''` fills a list",
    ),
    (
        r"\b(declare|local|typeset|readonly)\s+-[a-zA-Z]*A",
        "associative arrays came with bash 4.0",
    ),
    (
        r"\b(declare|local|typeset)\s+-[a-zA-Z]*n\b",
        "references came with bash 4.3",
    ),
    (
        r"\b(declare|local|typeset)\s+-[a-zA-Z]*g",
        "declare -g came with bash 4.2",
    ),
    (
        r"\$\{!?\w+(\[[^\]]*\])?(,|\^)",
        "changing case came with bash 4.0: tr does it",
    ),
    (
        r"\$\{\w+(\[[^\]]*\])?@[A-Za-z]\}",
        "${x@Q} and its like came with bash 4.4",
    ),
    (r"\|&", "|& came with bash 4.0: 2>&1 |"),
    (r"&>>", "&>> came with bash 4.0: >>file 2>&1"),
    (r";;?&", ";& and ;;& came with bash 4.0"),
    (r"\bcoproc\b", "coproc came with bash 4.0"),
    (r"\bwait\s+-[nfp]", "wait -n came with bash 4.3"),
    (
        r"\[\[?\s+(!\s+)?-[vR]\s",
        "test -v came with bash 4.2: ${x+set}",
    ),
    (
        r"\bprintf\s+(-v\s+\S+\s+)?['\x22]?%\(",
        "printf %(…)T came with bash 4.2",
    ),
    (
        r"\bprintf\s+-v\s+\S+\[",
        "printf -v to an array's entry came with bash 4.1",
    ),
    (
        r"\bread\b[^|;]*\s-[a-zA-Z]*[Ni]\b",
        "read -N and -i came with bash 4.1 and 4.0",
    ),
    (
        r"\bread\b[^|;]*\s-t\s*[0-9]*\.",
        "fractions of a second to wait came with bash 4.0",
    ),
    (
        r"\b(globstar|lastpipe|inherit_errexit|dirspell|autocd)\b",
        "shell option of bash 4.0 or later",
    ),
    (
        r"\$\{?(BASHPID|EPOCHSECONDS|EPOCHREALTIME|SRANDOM|BASH_ARGV0)\b",
        "variable of bash 4.0 or later",
    ),
    (
        r"\$\{\w+\[-[0-9]+\]",
        "entries from an array's end came with bash 4.3",
    ),
    (
        r"\$\{[^}:]+:[^}:]*:\s*-[0-9]",
        "a negative length of a part of a text came with bash 4.2",
    ),
    (
        r"\{[0-9]+\.\.[0-9]+\.\.",
        "steps of a range came with bash 4.0",
    ),
    (r"\$'[^']*\\[uU]", "\\u in $'…' came with bash 4.2"),
    (
        r"\{\w+\}[<>]",
        "a descriptor named by a variable came with bash 4.1",
    ),
    (
        r"\$\{\w+//?[^}]*\\",
        "quotes in what replaces a part of a text are taken otherwise before bash 4.3: put it into a variable",
    ),
    (
        r"\b(sed|gsed)\s+(-[a-zA-Z]+\s+)*-i\b",
        "macOS's sed wants a suffix behind -i",
    ),
    (
        r"\b(readlink\s+-f|realpath|date\s+-d|stat\s+-c|grep\s+-[a-zA-Z]*P|head\s+-[nc]\s*-|timeout\s+[0-9]|xargs\s+-[a-zA-Z]*r\b|base64\s+-w)",
        "not what macOS's tool of that name knows",
    ),
];

/// Lists that are empty at times: their expansion under `set -u` is an error before bash 4.4.
fn lists(script: &str) -> impl Iterator<Item = String> {
    let begun = Regex::new(r"\b(\w+)=\(\)").expect("a pattern");
    let names: Vec<String> = (begun.captures_iter(script))
        .map(|found| found[1].to_owned())
        .collect();
    // A script that asks how many there are knows what it does.
    let is_asked = |name: &String| script.contains(&format!("${{#{name}[@]}}"));
    names.into_iter().filter(move |name| !is_asked(name))
}

/// Every construct of a script that bash 3.2 does not have, with its line and the reason.
pub fn newer_than_3_2(script: &str) -> Vec<String> {
    let mut found = Vec::new();
    let code =
        || (script.lines().enumerate()).filter(|(_, line)| !line.trim_start().starts_with('#'));
    for (pattern, why) in CONSTRUCTS {
        let pattern = Regex::new(pattern).expect("a pattern");
        let lines = code().filter(|(_, line)| pattern.is_match(line));
        found.extend(lines.map(|(at, line)| format!("{}: {}: {why}", at + 1, line.trim())));
    }
    for name in lists(script) {
        // ${list[@]+"${list[@]}"} is nothing for an empty list in every version.
        let safe = format!("${{{name}[@]+\"${{{name}[@]}}\"}}");
        let bare = [format!("${{{name}[@]}}"), format!("${{{name}[*]}}")];
        for (at, line) in code() {
            let rest = line.replace(&safe, "");
            if bare.iter().any(|bare| rest.contains(bare)) {
                let why = "an empty list under set -u is an error before bash 4.4";
                found.push(format!("{}: {}: {why}", at + 1, line.trim()));
            }
        }
    }
    found
}

#[test]
fn every_construct_of_the_list_is_found_and_what_bash_3_2_has_is_not() {
    let newer = [
        "mapfile -t a < <(ls)",
        "readarray a",
        "declare -A map",
        "local -n ref=$1",
        "declare -g x=1",
        r#"echo "${IMAGE,,}""#,
        "echo ${x^^}",
        "echo ${x@Q}",
        "make |& tee log",
        "make &>> log",
        "a) echo;;&",
        "coproc cat",
        "wait -n",
        "[[ -v x ]]",
        "printf '%(%F)T'",
        "printf -v a[1] x",
        "read -r -N 1 x",
        "read -t 0.5 x",
        "shopt -s globstar",
        "echo $BASHPID",
        "echo ${a[-1]}",
        "echo ${x:0:-1}",
        "for i in {1..9..2}",
        r"echo $'\u2026'",
        "exec {fd}>file",
        r#"echo "${x//,/\",\"}""#,
        "sed -i s/a/b/ file",
        "readlink -f x",
        "all=()\nrun \"${all[@]}\"",
    ];
    for script in newer {
        assert_eq!(
            newer_than_3_2(script).len(),
            1,
            "{script}: {:?}",
            newer_than_3_2(script)
        );
    }
    let old = r#"
# mapfile in a comment
all=() one=1
all+=("$one")
run ${all[@]+"${all[@]}"}
while IFS= read -r -d '' item; do all+=("$item"); done < <(printf '%s\0' a b)
(( SECONDS < one )) || { echo "${one:-none}" >&2; exit 1; }
case $one in 1) echo ;; *) ;; esac
echo "${list//,/$between}" "${x%.*}" "${#all[@]}" 2>&1 | cat
[[ -n ${x+set} && $x =~ ^[a-z]+(,[a-z]+)*$ ]] && sed -n 1p <<<"$x"
"#;
    assert_eq!(newer_than_3_2(old), Vec::<String>::new());
}
