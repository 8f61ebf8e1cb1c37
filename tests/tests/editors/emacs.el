;;; Opens a system as a user of the documented settings does, and asks for what they would.  -*- lexical-binding: t -*-

(require 'cl-lib)
(require 'eglot)
(require 'flymake)
(setq make-backup-files nil create-lockfiles nil)

(defun ok (what condition &optional seen)
  "Say that WHAT holds, or end with what was SEEN instead."
  (unless condition
    (error "%s: %S in %s" what seen (buffer-string)))
  (message "ok: %s" what))

(defun wait (what condition)
  "Let the server answer until CONDITION holds, not for ever."
  (let ((tries 0))
    (while (and (not (funcall condition)) (< tries 1200))
      (accept-process-output nil 0.05)
      (setq tries (1+ tries)))
    (ok what (funcall condition) (flymake-diagnostics))))

(defun changed ()
  "What Emacs does once a user has stopped typing: there are no idle timers here."
  (eglot--signal-textDocument/didChange)
  (flymake-start))

(defun code-of (diagnostic)
  "The code of a DIAGNOSTIC, as the server has sent it."
  (plist-get (cdr (assoc 'eglot-lsp-diag (flymake-diagnostic-data diagnostic))) :code))

(defun mistakes ()
  "Codes of what is wrong, with the text that it is in."
  (mapcar (lambda (found)
            (list (code-of found)
                  (buffer-substring (flymake-diagnostic-beg found) (flymake-diagnostic-end found))))
          (flymake-diagnostics)))

(defun replace (old new)
  "Type NEW in the place of OLD."
  (goto-char (point-min))
  (search-forward old)
  (replace-match new t t)
  (changed))

(defun line ()
  "The line that point is in."
  (buffer-substring (line-beginning-position) (line-end-position)))

(find-file "files/system.kdl")
(ok "the mode" (eq major-mode 'kdl-mode) major-mode)
(run-hooks 'post-command-hook)
(wait "a server" #'eglot-current-server)

(replace "port 8080" "prot 8080")
(wait "a mistake is shown" (lambda () (equal (mistakes) '(("E0206" "prot")))))
(goto-char (point-min))
(search-forward "prot")
;; The first of those that are offered.
(cl-letf (((symbol-function 'completing-read) (lambda (_prompt choices &rest _) (car (all-completions "" choices))))
          (last-nonmenu-event ?a))
  (call-interactively #'eglot-code-actions))
(ok "it is mended" (save-excursion (goto-char (point-min)) (search-forward "port 8080" nil t)))
(changed)
(wait "it is not shown any more" (lambda () (null (flymake-diagnostics))))

(goto-char (point-max))
(forward-line -1)
(insert "    module \"ram-f")
(save-excursion (insert "\n"))
(changed)
(completion-at-point)
(ok "a module is completed" (equal (line) "    module \"ram-fs\"") (line))
(end-of-line)
(insert " { si")
(save-excursion (insert " }"))
(changed)
(completion-at-point)
(ok "a field is completed" (string-prefix-p "    module \"ram-fs\" { size" (line)) (line))
(delete-region (line-beginning-position) (1+ (line-end-position)))
(changed)
(wait "all is as before" (lambda () (null (flymake-diagnostics))))

(goto-char (point-min))
(search-forward "as=\"vol")
(eglot-rename "stick")
(ok "all places are renamed"
    (and (string-match-p "source \"stick\"" (buffer-string))
         (string-match-p "as=\"stick\"" (buffer-string))
         (not (string-match-p "volume" (buffer-string)))))

(changed)
(goto-char (point-min))
(search-forward "por")
(let (said)
  (eglot-hover-eldoc-function (lambda (text &rest _) (setq said text)))
  (wait "a field is explained" (lambda () (and said (string-match-p "option port" said)))))

(goto-char (point-min))
(search-forward "source \"st")
(xref-find-definitions (xref-backend-identifier-at-point 'eglot))
(ok "an instance is found" (string-match-p "module \"fat\"" (line)) (line))

(let ((before (buffer-string)))
  (replace "    platform \"qemu-q35\"" "  platform   \"qemu-q35\"")
  (eglot-format-buffer)
  (ok "the text is formatted" (equal (buffer-string) before)))

(goto-char (point-min))
(search-forward "por")
(xref-find-definitions (xref-backend-identifier-at-point 'eglot))
(ok "an option is found in Rust"
    (and (string-suffix-p "httpd/src/lib.rs" buffer-file-name) (string-match-p "pub port: " (line)))
    buffer-file-name)
(message "ok: all of it")
(kill-emacs 0)
