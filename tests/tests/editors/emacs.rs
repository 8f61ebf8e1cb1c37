//! An Emacs without a terminal that does what `emacs.el` says.

use super::desk::{Desk, documented, write};
use oscomp_tests::command::repository;

/// Starts Emacs with the settings of the documentation; returns what it says.
pub fn tried() -> String {
    let desk = Desk::new();
    let [settings] = <[String; 1]>::try_from(documented("Emacs", "elisp")).expect("one block of Lisp");
    let settings = write(desk.path().join("init.el"), &settings);
    let mut emacs = desk.command("timeout");
    // Not --quick: Debian's package of Eglot is found by the site's own start.
    emacs.args(["300", "emacs", "--batch", "--no-init-file", "--load"]).arg(settings);
    emacs.arg("--load").arg(repository().join("tests/tests/editors/emacs.el"));
    let said = emacs.output().expect("`./setup.sh all` installs Emacs");
    let text = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
    assert!(said.status.success(), "{text}");
    text
}
