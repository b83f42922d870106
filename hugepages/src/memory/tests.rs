//! Claims about arrays on their own pages.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicUsize, Ordering};

use zerocopy::FromZeros;

use super::{HUGE_PAGE, HugeArray, MapError, PageKind, SMALL_PAGE};

#[test]
fn small_array_is_zeroed_writable_and_page_aligned() {
    let mut array = HugeArray::<u64>::new(1000, PageKind::Small).unwrap();
    assert_eq!(array.len(), 1000);
    assert!(array.iter().all(|&word| word == 0));
    assert_eq!(array.as_ptr() as usize % SMALL_PAGE, 0);
    array[999] = 7;
    assert_eq!(array[999], 7);
    assert_eq!(array.mapped_bytes(), 2 * SMALL_PAGE);
}

#[test]
fn every_page_is_present_before_it_is_touched() {
    let array = HugeArray::<[u8; SMALL_PAGE]>::new(64, PageKind::Small).unwrap();
    let first_page = array.as_ptr() as u64 / SMALL_PAGE as u64;
    let pagemap = File::open("/proc/self/pagemap").unwrap();
    for page in 0..64 {
        let mut entry = [0; 8];
        pagemap.read_exact_at(&mut entry, (first_page + page) * 8).unwrap();
        // Bit 63: in memory; bit 62: swapped out, which it can only be after it was in.
        assert_ne!(u64::from_le_bytes(entry) >> 62, 0, "page {page}");
    }
}

#[test]
fn huge_array_maps_or_says_what_is_missing() {
    match HugeArray::<u64>::new(3 * HUGE_PAGE / 8, PageKind::Huge) {
        Ok(mut array) => {
            assert_eq!(array.as_ptr() as usize % HUGE_PAGE, 0);
            assert!(array.iter().all(|&word| word == 0));
            array.fill(1);
        }
        Err(error) => check_shortage(error, 3),
    }
}

#[test]
fn huge_array_beyond_any_machine_says_what_is_missing() {
    let pages = 1 << 22;
    let error = HugeArray::<u8>::new(pages * HUGE_PAGE, PageKind::Huge).unwrap_err();
    check_shortage(error, pages as u64);
}

fn check_shortage(error: MapError, pages: u64) {
    let text = error.to_string();
    match error {
        MapError::HugePagesMissing { needed, free, missing, total } => {
            assert_eq!((needed, missing), (pages, pages - free));
            assert!(total >= missing);
            assert!(text.contains(&format!("{missing} are missing")), "{text}");
            assert!(text.contains(&format!("`sysctl vm.nr_hugepages={total}`")), "{text}");
        }
        MapError::HugePagesUnsupported { needed } => assert_eq!(needed, pages),
        other => panic!("{other}"),
    }
}

#[test]
fn array_beyond_the_address_space_is_refused() {
    for len in [usize::MAX, isize::MAX as usize / 8] {
        let error = HugeArray::<u64>::new(len, PageKind::Small).unwrap_err();
        assert_eq!(error, MapError::TooLarge { len, size: 8 });
    }
}

#[test]
fn array_beyond_the_memory_is_refused() {
    let error = HugeArray::<u8>::new(1 << 46, PageKind::Small).unwrap_err();
    assert_eq!(error, MapError::OutOfMemory { bytes: 1 << 46 });
}

#[test]
fn element_with_stricter_alignment_than_a_page_is_refused() {
    #[derive(FromZeros)]
    #[repr(C, align(8192))]
    struct Strict(#[allow(dead_code, reason = "only its alignment counts")] u8);
    let error = HugeArray::<Strict>::new(1, PageKind::Small).err();
    assert_eq!(error, Some(MapError::Alignment { align: 8192, page: SMALL_PAGE }));
}

#[test]
fn array_without_elements_is_empty() {
    assert!(HugeArray::<u64>::new(0, PageKind::Small).unwrap().is_empty());
    assert_eq!(HugeArray::<()>::new(usize::MAX, PageKind::Small).unwrap().len(), usize::MAX);
}

#[test]
fn elements_are_dropped_once() {
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    #[derive(FromZeros)]
    struct Counted(#[allow(dead_code, reason = "gives it a size")] u64);
    impl Drop for Counted {
        fn drop(&mut self) {
            DROPS.fetch_add(1, Ordering::Relaxed);
        }
    }
    drop(HugeArray::<Counted>::new(5, PageKind::Small).unwrap());
    assert_eq!(DROPS.load(Ordering::Relaxed), 5);
}

#[test]
fn array_moves_to_another_thread() {
    let mut array = HugeArray::<u32>::new(16, PageKind::Small).unwrap();
    array[3] = 9;
    let value = std::thread::spawn(move || array[3]).join().unwrap();
    assert_eq!(value, 9);
}
