#!/bin/sh
# Packages the extension: dist/oscomp.vsix, or the file that is named. Needs Node.js 18 or newer with npm, which Debian 12 has:
# the packager asks for 20, and runs on 18 with the cheerio that package.json holds back.
set -eu
out=${1:-$(dirname "$0")/dist/oscomp.vsix}
case $out in /*) ;; *) out=$PWD/$out ;; esac
cd "$(dirname "$0")"

for tool in node npm; do
    if ! command -v "$tool" >/dev/null 2>&1; then
        echo "package: $tool is missing: install Node.js 18 or newer (./setup.sh all does it where a package manager is known)" >&2
        exit 2
    fi
done
if [ "$(node -p 'parseInt(process.versions.node)')" -lt 18 ]; then
    echo "package: this is Node.js $(node -v); the packager needs 18 or newer" >&2
    exit 2
fi

# Only what the lock file names. esbuild's own program comes as a package: nothing is run to install it.
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    echo "package: installing what the lock file names with npm" >&2
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
fi
npm run --silent bundle -- --log-level=warning >&2
mkdir -p "$(dirname "$out")"
cp ../../LICENSE-APACHE ../../LICENSE-MIT .
trap 'rm -f LICENSE-APACHE LICENSE-MIT "$out.part"' EXIT
npx --no-install vsce package --no-dependencies --allow-missing-repository --skip-license --out "$out.part" >&2
mv "$out.part" "$out"
echo "$out"
