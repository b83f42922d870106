//! A device that does not come up fails the start. Its own program: a failed start is final.

mod main_lcore;

use dpdk::Eal;
use dpdk::eal::InitEalError;

#[test]
fn a_missing_interface_is_an_error_that_names_the_device() {
    let device = "net_af_packet0,iface=nosuchif0";
    let error = Eal::init(&main_lcore::options(&["net_null0", device])).err().unwrap();
    assert!(matches!(&error, InitEalError::Device { device: named, .. } if named == device));
    let text = error.to_string();
    assert!(text.starts_with("cannot bring up device net_af_packet0,iface=nosuchif0: "), "{text}");
    assert!(text.contains("nosuchif0: "), "the driver's own words are missing: {text}");
    let again = Eal::init(&main_lcore::options(&[])).err();
    assert!(matches!(again, Some(InitEalError::Again)));
}
