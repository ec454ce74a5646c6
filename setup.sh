#!/usr/bin/env bash
# Installs what Hone needs (Debian/Ubuntu packages, a Python venv with LibTorch) and builds it. Safe to run again.
# Usage: ./setup.sh [PRESET]      PRESET: release (default), ci, debug, asan
set -euo pipefail
cd "$(dirname "$0")"
preset=${1:-release}

packages=(g++ cmake ninja-build ccache pkg-config git python3-venv libopenmpi-dev openmpi-bin libhdf5-dev
  libboost-program-options-dev nlohmann-json3-dev libsimdjson-dev libspdlog-dev libfmt-dev libpcre2-dev libutf8proc-dev
  libssl-dev zlib1g-dev libzstd-dev libgtest-dev)
# For the tests alone: a private Slurm, and a look over the scripts. A Slurm that is here already stays as it is.
if [[ $preset == ci ]]; then
  packages+=(shellcheck zstd)
  command -v sbatch >/dev/null || packages+=(slurm-wlm munge)
fi

missing=()
if command -v dpkg-query >/dev/null; then
  for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
else
  echo "setup: not a Debian system; these packages' counterparts must be there: ${packages[*]}"
fi
if ((${#missing[@]})); then
  echo "setup: installing ${missing[*]}"
  sudo=()
  ((EUID == 0)) || sudo=(sudo)
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
else
  echo "setup: system packages are there"
fi

stamp=.venv/requirements.sha256
wanted=$(cat requirements.txt requirements-data.txt | sha256sum)
if [[ ! -x .venv/bin/python || $(cat "$stamp" 2>/dev/null) != "$wanted" ]]; then
  echo "setup: Python packages into .venv (LibTorch with its CUDA libraries is about 4.6 GB)"
  # An interrupted set-up leaves an environment without pip.
  .venv/bin/python -m pip --version >/dev/null 2>&1 || python3 -m venv --clear .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-data.txt
  echo "$wanted" >"$stamp"
else
  echo "setup: Python packages are there"
fi

echo "setup: building (preset $preset)"
cmake --preset "$preset" >build-configure.log 2>&1 || { cat build-configure.log; exit 1; }
rm -f build-configure.log
cmake --build --preset "$preset"
case $preset in debug | asan) folder=build/$preset ;; *) folder=build ;; esac
echo "setup: done; the programs are in $folder/bin"
