//! What every file system has to do.

use super::*;
use oscomp_fs_conformance::OpenRemoval;

#[test]
fn it_is_a_file_system() {
    for manner in manners() {
        oscomp_fs_conformance::verify(|| mount(wire(manner)).unwrap(), OpenRemoval::Works);
    }
}
