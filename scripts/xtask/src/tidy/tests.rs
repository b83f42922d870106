//! Plants a violation of each rule, and what must not be taken for one.

use super::*;

const DOC: &str = "//! Owns x.\n//! Hot.\n";

/// `expect`: the line of each finding and a piece of its message.
fn expect(name: &str, text: &str, expected: &[(usize, &str)]) {
    let found = check(name, text);
    let same = found.len() == expected.len()
        && found
            .iter()
            .zip(expected)
            .all(|(f, (line, part))| f.line == *line && f.message.contains(part));
    assert!(same, "{name}: expected {expected:?}, found {found:?}");
}

#[test]
fn a_file_that_keeps_the_rules_passes() {
    let root = "//! Owns x.\n//! More.\n#![forbid(unsafe_code)]\n";
    expect("parser/src/lib.rs", root, &[]);
    expect("parser/src/via.rs", DOC, &[]);
    expect("dataplane/src/net/stats.rs", "//! Owns x.\n//! Cold: once a second.\n", &[]);
}

#[test]
fn a_missing_module_doc_is_found() {
    expect("hugepages/src/ring.rs", "use std::fmt;\n", &[(1, "`//!`")]);
}

#[test]
fn a_folder_of_hot_code_demands_the_word() {
    let text = "//! Owns x.\n//! Knows nothing.\n";
    expect("dataplane/src/txn/server.rs", text, &[(2, "`Hot`")]);
    expect("dataplane/src/txn.rs", text, &[(2, "`Hot`")]);
    expect("dataplane/src/keeper.rs", text, &[]);
    expect("dataplane/src/txn/tests.rs", "//! Walks the tables.\n", &[]);
}

#[test]
fn allocation_in_a_hot_file_is_found_before_its_tests_only() {
    let text = format!(
        "{DOC}fn f() {{ let v = Vec::new(); }}\n#[cfg(test)]\nmod tests {{\n    fn g() {{ vec![1]; }}\n}}\n"
    );
    expect("parser/src/via.rs", &text, &[(3, "`Vec::`")]);
    let named =
        format!("{DOC}fn f(v: &ArrayVec<u8, 4>) {{ ArrayVec::new(); }} // no Vec::new here\n");
    expect("parser/src/via.rs", &named, &[]);
}

#[test]
fn a_cold_function_in_a_hot_file_may_allocate() {
    let cold =
        "    #[cold]\n    fn new() {\n        if A {\n            Box::new(1);\n        }\n    }\n";
    expect("parser/src/via.rs", &format!("{DOC}impl A {{\n{cold}}}\n"), &[]);
    let text = format!("{DOC}impl A {{\n{cold}    fn hot() {{ Box::new(1); }}\n}}\n");
    expect("parser/src/via.rs", &text, &[(10, "`Box::`")]);
}

#[test]
fn unsafe_is_found_outside_its_folders() {
    let text = format!("{DOC}fn f() {{ unsafe {{}} }}\n");
    expect("parser/src/via.rs", &text, &[(3, "unsafe")]);
    expect("sys/simd/src/sum.rs", &text, &[]);
    expect("hugepages/src/ring.rs", &text, &[]);
    expect("benches/allocator/src/counting_allocator.rs", &text, &[]);
}

#[test]
fn the_word_unsafe_in_text_is_no_unsafe_code() {
    let text = format!(
        "{DOC}// unsafe\nconst A: &str = \"unsafe\";\nconst B: &str = r#\"a \"unsafe\nunsafe\"#;\n/* unsafe\n unsafe */\nfn unsafe_not<'a>() {{}}\n"
    );
    expect("parser/src/via.rs", &text, &[]);
    let after = format!("{DOC}const A: char = '\"'; unsafe fn f() {{}}\n");
    expect("parser/src/via.rs", &after, &[(3, "unsafe")]);
}

#[test]
fn a_crate_root_without_forbid_is_found() {
    expect("routing/src/lib.rs", "//! Owns x.\n", &[(1, "forbid")]);
    expect("dataplane/src/bin/tool.rs", "//! Owns x.\n", &[(1, "forbid")]);
    expect("sys/dpdk/src/lib.rs", "//! Owns x.\n", &[]);
    let commented = "//! Owns x.\n// #![forbid(unsafe_code)]\n";
    expect("routing/src/lib.rs", commented, &[(1, "forbid")]);
}

#[test]
fn banned_words_are_found() {
    let open = concat!("//! Owns x.\n// TO", "DO: later\n");
    expect("hugepages/src/a.rs", open, &[(2, "mend it")]);
    let print = "//! Owns x.\n\nfn f() { println!(); eprintln!(); }\n";
    expect("hugepages/src/a.rs", print, &[(3, "does not print")]);
    expect("sys/dpdk-sys/build.rs", print, &[]);
    let debug = "//! Owns x.\n#![forbid(unsafe_code)]\nfn main() { dbg!(1); }\n";
    expect("dataplane/src/main.rs", debug, &[(3, "dbg!")]);
}

#[test]
fn white_space_is_found_in_every_kind_of_text() {
    expect("scripts/x.sh", "if true; then\n\techo \nfi\n", &[(2, "tab"), (2, "end of the line")]);
    expect("Cargo.toml", "[package] \n", &[(1, "end of the line")]);
}

#[test]
fn a_long_file_is_found_but_its_tests_do_not_count() {
    let body = "const A: u8 = 0;\n".repeat(MAX_LINES - 1);
    let tests = "#[cfg(test)]\nmod tests {\n}\n".to_owned() + &"\n".repeat(MAX_LINES);
    expect("hugepages/src/a.rs", &format!("//! Owns x.\n{body}{tests}"), &[]);
    let longer = format!("//! Owns x.\n{body}const A: u8 = 0;\n{tests}");
    expect("hugepages/src/a.rs", &longer, &[(MAX_LINES, "lines")]);
}
