//! Owns the table of who may import whom, and compares it with the dependency graph.
//! Refuses to know why a crate is needed: another edge is an edit of this table and of the docs.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What crates of ours a crate of ours may import, in any kind of dependency.
///
/// A crate that is not named here fails the check, so that a new one is a decision too.
const ALLOWED: &[(&str, &[&str])] = &[
    ("dpdk-sys", &[]),
    ("simd", &[]),
    ("parser", &["simd"]),
    ("routing", &["simd"]),
    ("hugepages", &[]),
    ("dpdk", &["dpdk-sys"]),
    ("dataplane", &["dpdk", "simd", "parser", "routing", "hugepages"]),
    ("controlplane", &["routing", "hugepages", "api"]),
    ("api", &[]),
    ("cli", &["api"]),
    // What benches count, print and record with.
    ("bench-allocator", &[]),
    ("bench-report", &[]),
    ("xtask", &[]),
];

/// Crates below this folder may import any crate of ours, and nobody imports them; but for those in the table.
const BENCHES: &str = "benches/";

/// Checks the workspace at `root`.
///
/// # Errors
/// A sentence that counts the forbidden edges, each of which has been printed.
pub fn run(root: &Path) -> Result<(), String> {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version=1", "--no-deps", "--locked"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("`cargo metadata` did not start: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`cargo metadata` failed: {}", said.trim()));
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("`cargo metadata` is not JSON: {error}"))?;
    let faults = faults(&metadata);
    for fault in &faults {
        println!("{fault}");
    }
    match faults.len() {
        0 => Ok(()),
        count => Err(format!("{count} forbidden dependency edges, see above")),
    }
}

/// One sentence for each edge of `metadata` that the table does not allow.
fn faults(metadata: &Value) -> Vec<String> {
    let root = text(metadata, "workspace_root");
    let packages: Vec<&Value> = list(metadata, "packages").collect();
    let is_bench = |package: &Value| {
        let manifest = text(package, "manifest_path");
        let inside = manifest.strip_prefix(root).unwrap_or(manifest).trim_start_matches('/');
        let is_known = ALLOWED.iter().any(|(known, _)| *known == text(package, "name"));
        inside.starts_with(BENCHES) && !is_known
    };
    let mut faults = Vec::new();
    for package in &packages {
        let name = text(package, "name");
        let bench = is_bench(package);
        let allowed = ALLOWED.iter().find(|(known, _)| *known == name).map(|(_, allowed)| allowed);
        if allowed.is_none() && !bench {
            faults.push(format!("{name}: not in the table of edges, decide what it may import"));
            continue;
        }
        for dependency in list(package, "dependencies") {
            let target = text(dependency, "name");
            // A crate of ours is known by its path: a published namesake is a stranger.
            let Some(other) = packages.iter().find(|other| text(other, "name") == target) else {
                continue;
            };
            if dependency.get("path").is_none_or(Value::is_null) {
                continue;
            }
            let any = bench && !is_bench(other);
            if !any && !allowed.is_some_and(|allowed| allowed.contains(&target)) {
                faults.push(format!("{name}: must not import {target}"));
            }
        }
    }
    faults
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `graph`: lines of `folder name: imports`; what is behind a `+` is not a path dependency.
    fn check(graph: &str, expected: &[&str]) {
        let packages: Vec<Value> = graph
            .lines()
            .map(|line| {
                let (package, imports) = line.trim().split_once(':').unwrap();
                let (folder, name) = package.split_once(' ').unwrap();
                let dependencies: Vec<Value> = imports
                    .split_whitespace()
                    .map(|import| match import.strip_prefix('+') {
                        Some(foreign) => serde_json::json!({ "name": foreign, "path": null }),
                        None => serde_json::json!({ "name": import, "path": "/w/x" }),
                    })
                    .collect();
                serde_json::json!({
                    "name": name,
                    "manifest_path": format!("/w/{folder}/Cargo.toml"),
                    "dependencies": dependencies,
                })
            })
            .collect();
        let metadata = serde_json::json!({ "workspace_root": "/w", "packages": packages });
        assert_eq!(faults(&metadata), expected);
    }

    #[test]
    fn the_allowed_graph_passes() {
        check(
            "sys/simd simd: +memchr
             parser parser: simd +nom
             routing routing: simd
             sys/dpdk-sys dpdk-sys: +bindgen
             sys/dpdk dpdk: dpdk-sys
             hugepages hugepages: +rustix
             dataplane dataplane: dpdk simd parser routing hugepages
             benches/call bench-call: dataplane parser simd",
            &[],
        );
    }

    #[test]
    fn a_leaf_that_imports_the_product_fails() {
        check(
            "dataplane dataplane:
             parser parser: dataplane",
            &["parser: must not import dataplane"],
        );
    }

    #[test]
    fn importing_a_bench_fails_even_from_a_bench() {
        check(
            "benches/call bench-call:
             benches/load tandem-load: bench-call
             dataplane dataplane: bench-call",
            &["tandem-load: must not import bench-call", "dataplane: must not import bench-call"],
        );
    }

    #[test]
    fn benches_share_what_the_table_names_and_the_product_does_not() {
        check(
            "benches/report bench-report: simd
             benches/call bench-call: bench-report
             dataplane dataplane: bench-report
             sys/simd simd:",
            &["bench-report: must not import simd", "dataplane: must not import bench-report"],
        );
    }

    #[test]
    fn a_crate_outside_the_table_fails() {
        let said = "utils: not in the table of edges, decide what it may import";
        check("utils utils: +serde", &[said]);
    }

    #[test]
    fn a_published_namesake_is_no_edge() {
        check(
            "parser parser: +dpdk
             sys/dpdk dpdk:",
            &[],
        );
    }
}
