//! Editors with the language server, set up as docs/editors.md says: Debian's Neovim and Emacs, and the extension
//! for VS Code, which is packaged and run without VS Code itself.
#![forbid(unsafe_code)]

#[path = "editors/desk.rs"]
mod desk;
#[path = "editors/emacs.rs"]
mod emacs;
#[path = "editors/neovim.rs"]
mod neovim;
#[path = "editors/vscode.rs"]
mod vscode;

use desk::Desk;
use neovim::Neovim;
use oscomp_tests::command::repository;
use std::fs;

/// What Neovim's Lua says of the diagnostics of the buffer.
const DIAGNOSTICS: &str = r#"luaeval("table.concat(vim.tbl_map(function(d)
    return string.format('%s %d:%d-%d:%d', d.code or d.user_data.lsp.code, d.lnum, d.col, d.end_lnum, d.end_col)
end, vim.diagnostic.get(0)), ' ')")"#;

/// A desk with a Neovim that shows a sound system and has heard so.
fn neovim() -> (Desk, Neovim) {
    let desk = Desk::new();
    let neovim = Neovim::start(&desk, "files/system.kdl");
    neovim.until("luaeval(\"#(vim.lsp.get_clients or vim.lsp.get_active_clients)()\")", "1");
    // The server has checked the text once it has found what is wrong with it.
    neovim.keys(":%s/port 8080/prot 8080/<CR>");
    neovim.until(DIAGNOSTICS, "E0206 9:8-9:12");
    neovim.keys("u");
    neovim.until(DIAGNOSTICS, "");
    (desk, neovim)
}

#[test]
fn neovim_shows_mistakes_while_they_are_typed() {
    let (_desk, neovim) = neovim();
    let message = "luaeval(\"(vim.diagnostic.get(0)[1] or {message = ''}).message\")";
    neovim.keys(":%s/8080/\"many\"/<CR>");
    neovim.until(DIAGNOSTICS, "E0401 9:13-9:19");
    assert!(neovim.evaluate(message).contains("port"), "{}", neovim.evaluate(message));
    neovim.keys("u");
    neovim.until(DIAGNOSTICS, "");
    neovim.keys("Go}<Esc>");
    neovim.until(DIAGNOSTICS, "E0105 19:0-19:1");
    neovim.keys("u");
    neovim.until(DIAGNOSTICS, "");
}

#[test]
fn neovim_completes_what_is_typed() {
    let (_desk, neovim) = neovim();
    let words = "join(map(complete_info(['items']).items, {_, item -> item.abbr}))";
    let line = "getline('.')";
    // The first of the list is in the text at once.
    neovim.keys(":set autoindent completeopt=menuone<CR>/heap<CR>o");
    neovim.keys("module \"cpi<C-x><C-o>");
    neovim.wait(words, "modules", |words| words.split(' ').any(|word| word == "cpio"));
    neovim.until(line, "    module \"cpio\"");
    neovim.keys("<C-y> as<C-x><C-o>");
    neovim.until(words, "as");
    neovim.keys("<C-y><Esc>");
    // Neovim 0.7 has no snippets: there the quotes are not added.
    neovim.wait(line, "a property", |line| line.starts_with("    module \"cpio\" as="));
    neovim.keys("u:call cursor(10, 1)<CR>o<C-u>        con<C-x><C-o>");
    let fields = neovim.wait(words, "fields", |words| words.contains("content connections"));
    assert!(!fields.contains("port") && !fields.contains("index"), "{fields}");
    neovim.keys("<C-e><Esc>dd");
    // Only what provides files that stay as they are.
    neovim.keys(":call cursor(10, 1)<CR>o<C-u>        content \"<C-x><C-o>");
    neovim.until(words, "site");
    neovim.until(line, "        content \"site\"");
    neovim.keys("<C-y><Esc>");
    neovim.until(DIAGNOSTICS, "");
}

#[test]
fn neovim_renames_an_instance_at_all_its_places() {
    let (_desk, neovim) = neovim();
    neovim.keys(":call search('as=\"volume')<CR>4l:lua vim.lsp.buf.rename('stick')<CR>");
    neovim.until("join(filter(getline(1, '$'), 'v:val =~ \"stick\\\\|volume\"'), '|')", "    module \"preload\" as=\"site\" { source \"stick\" }|    module \"fat\" as=\"stick\" { read-only #true }");
    neovim.until(DIAGNOSTICS, "");
}

#[test]
fn neovim_says_what_a_field_is_and_goes_to_it() {
    let (desk, neovim) = neovim();
    neovim.keys(":call search('port')<CR>K");
    let shown = "luaeval(\"#vim.api.nvim_list_wins()\")";
    neovim.until(shown, "2");
    let hover = neovim.evaluate("luaeval(\"table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(vim.api.nvim_list_wins()[2]), 0, -1, false), '|')\")");
    assert!(hover.contains("option port: "), "{hover}");
    // An instance, in the same file.
    neovim.keys(":call search('volume')<CR>:lua vim.lsp.buf.definition()<CR>");
    neovim.until("line('.') . ' ' . expand('<cword>')", "14 volume");
    // An option, in the module's source.
    neovim.keys(":call search('port', 'b')<CR>:lua vim.lsp.buf.definition()<CR>");
    let source = desk.path().join("httpd/src/lib.rs");
    neovim.until("expand('%:p')", &source.canonicalize().expect("it is there").display().to_string());
    neovim.until("getline('.') =~ 'pub port: '", "1");
}

#[test]
fn neovim_formats_and_mends() {
    let (_desk, neovim) = neovim();
    let text = "join(getline(1, '$'), '|')";
    let before = neovim.evaluate(text);
    neovim.keys(":%s/^ *platform/platform  /<CR>");
    neovim.wait(text, "changed", |text| text.contains("platform   \"qemu"));
    neovim.keys(":lua (vim.lsp.buf.format or vim.lsp.buf.formatting_sync)()<CR>");
    neovim.until(text, &before);
    neovim.keys(":%s/port 8080/prot 8080/<CR>");
    neovim.until(DIAGNOSTICS, "E0206 9:8-9:12");
    neovim.keys(":lua vim.ui.select = function(items, _, choose) choose(items[1], 1) end<CR>");
    neovim.keys(":call search('prot')<CR>:lua vim.lsp.buf.code_action()<CR>");
    neovim.until(text, &before);
    neovim.until(DIAGNOSTICS, "");
}

#[test]
fn neovim_runs_an_image_in_a_terminal() {
    let (_desk, neovim) = neovim();
    // A platform that the system does not have: nothing is built, and `oscomp` says so.
    let uri = "vim.uri_from_bufnr(0)";
    neovim
        .keys(&format!(":lua vim.lsp.commands['oscomp.run']({{ arguments = {{ {uri}, 'nowhere' }} }})<CR>"));
    neovim.wait("join(getline(1, '$'), ' ')", "a refusal", |text| text.contains("no platform `nowhere`"));
}

#[test]
fn neovim_lists_who_uses_a_module() {
    let (_desk, neovim) = neovim();
    neovim.keys(":edit httpd/src/lib.rs<CR>");
    neovim.until("&filetype", "rust");
    // Lenses are there once the server has looked through the systems of the folder.
    let lenses = "luaeval(\"#vim.lsp.codelens.get(0)\")";
    neovim.keys(":lua vim.lsp.codelens.refresh()<CR>");
    neovim.wait(lenses, "some", |count| count.parse::<u32>().is_ok_and(|count| count > 0));
    neovim.keys(":lua for _, lens in ipairs(vim.lsp.codelens.get(0)) do if lens.command.title:find('2 systems') then local client = (vim.lsp.get_clients or vim.lsp.get_active_clients)()[1] vim.lsp.commands[lens.command.command](lens.command, { client_id = client.id }) break end end<CR>");
    neovim.wait(
        "join(map(getqflist(), {_, item -> fnamemodify(bufname(item.bufnr), ':h:t') . ':' . item.lnum}))",
        "both systems",
        |list| list.contains("files:9") && list.contains("httpd:9"),
    );
}

#[test]
fn the_extension_for_vs_code_is_whole_and_works_with_the_server() {
    let said = vscode::tested();
    // Each file's tests have run.
    for count in ["# tests 13", "# pass 13", "# fail 0", "# skipped 0"] {
        assert!(said.lines().any(|line| line == count), "{count}: {said}");
    }
}

#[test]
fn emacs_shows_completes_mends_and_finds() {
    let said = emacs::tried();
    assert!(said.lines().any(|line| line == "ok: all of it"), "{said}");
}

#[test]
fn the_settings_of_editors_that_are_not_run_are_well_formed() {
    let [helix] = <[String; 1]>::try_from(desk::documented("Helix", "toml")).expect("one block");
    let helix: toml::Table = helix.parse().expect("it is TOML");
    assert_eq!(helix["language-server"]["oscomp"]["command"].as_str(), Some("oscomp"));
    assert_eq!(helix["language-server"]["oscomp"]["args"].as_array().map(Vec::len), Some(1));
    for language in helix["language"].as_array().expect("a list") {
        let servers = language["language-servers"].as_array().expect("a list");
        assert!(servers.iter().any(|server| server.as_str() == Some("oscomp")), "{language}");
    }
    let [zed] = <[String; 1]>::try_from(desk::documented("Zed", "json")).expect("one block");
    let zed: serde_json::Value = serde_json::from_str(&zed).expect("it is JSON");
    assert!(zed["lsp"]["oscomp"]["binary"]["path"].is_string());
    // The name that the extension gives the server.
    let extension = repository().join("editors/zed/extension.toml");
    let extension: toml::Table =
        fs::read_to_string(extension).expect("it is there").parse().expect("it is TOML");
    assert_eq!(extension["language_servers"]["oscomp"]["name"].as_str(), Some("oscomp"));
}
