//! Owns the question whether this CPU can run this build.
//! Refuses to choose between variants at run time: there is one build.

use core::fmt;

/// The CPU lacks an instruction set that the build uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingCpuFeature {
    /// The first one that is missing, as `/proc/cpuinfo` spells it.
    pub feature: &'static str,
}

impl fmt::Display for MissingCpuFeature {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "this CPU lacks {}, which the program is built for (x86-64-v3: an Intel CPU from 2013 \
             or an AMD CPU from 2015 on; in a virtual machine, pass the host's CPU model through)",
            self.feature
        )
    }
}

impl core::error::Error for MissingCpuFeature {}

/// Checks by `cpuid` that the CPU has every instruction set of x86-64-v3. A program calls it
/// first, so that an older CPU ends in a sentence instead of an illegal instruction.
///
/// # Errors
/// [`MissingCpuFeature`] names the first one that is missing.
pub fn require_cpu() -> Result<(), MissingCpuFeature> {
    first_missing(&detected()).map_or(Ok(()), |feature| Err(MissingCpuFeature { feature }))
}

fn first_missing(found: &[(&'static str, bool)]) -> Option<&'static str> {
    found.iter().find(|(_, present)| !present).map(|(feature, _)| *feature)
}

/// Reads `cpuid` itself: the standard library's detection answers "yes" without looking for
/// whatever the build already assumes.
#[cfg(target_arch = "x86_64")]
fn detected() -> [(&'static str, bool); 9] {
    use core::arch::x86_64::{__cpuid, __cpuid_count};
    let highest = __cpuid(0).eax;
    let basic = __cpuid(1);
    let structured = if highest >= 7 { __cpuid_count(7, 0).ebx } else { 0 };
    let extended =
        if __cpuid(0x8000_0000).eax >= 0x8000_0001 { __cpuid(0x8000_0001).ecx } else { 0 };
    let has = |register: u32, bit: u32| register >> bit & 1 == 1;
    // Bit 27 of leaf 1 says that the system saves the wide registers over a context switch, and
    // the low bits of XCR0 which of them: without both AVX faults even where the CPU has it.
    let wide = has(basic.ecx, 27) && saved_registers() & 0b110 == 0b110;
    [
        ("sse4_2", has(basic.ecx, 20)),
        ("popcnt", has(basic.ecx, 23)),
        ("movbe", has(basic.ecx, 22)),
        ("avx", has(basic.ecx, 28) && wide),
        ("fma", has(basic.ecx, 12) && wide),
        ("avx2", has(structured, 5) && wide),
        ("bmi1", has(structured, 3)),
        ("bmi2", has(structured, 8)),
        ("abm", has(extended, 5)),
    ]
}

#[cfg(not(target_arch = "x86_64"))]
fn detected() -> [(&'static str, bool); 0] {
    []
}

/// XCR0, read with the instruction itself; only asked where leaf 1 says that it exists.
#[cfg(target_arch = "x86_64")]
fn saved_registers() -> u64 {
    // SAFETY: XGETBV with register 0 exists where bit 27 of leaf 1 is set, which `detected` has
    // checked before it calls; it reads a register and nothing else.
    unsafe { core::arch::x86_64::_xgetbv(0) }
}

#[cfg(test)]
mod tests {
    use super::{MissingCpuFeature, first_missing, require_cpu};

    #[test]
    fn the_machine_that_runs_the_tests_can_run_the_build() {
        assert_eq!(require_cpu(), Ok(()));
    }

    #[test]
    fn names_the_first_missing_feature() {
        assert_eq!(first_missing(&[("a", true), ("b", false), ("c", false)]), Some("b"));
        let text = MissingCpuFeature { feature: "avx2" }.to_string();
        assert!(text.starts_with("this CPU lacks avx2, "), "{text}");
    }
}
