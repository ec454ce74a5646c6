#!/usr/bin/env bash
# Makes a folder that runs on nodes without this machine's packages: Hone's programs, mpirun, and the shared libraries
# they need. LibTorch and NCCL come from the node's own PyTorch (HONE_TORCH, docs/clusters.md).
# Usage: scripts/bundle.sh OUT [BUILD]      OUT must not exist; BUILD: the build folder, build by default
set -euo pipefail

fail() {
  echo "bundle: error: $1" >&2
  exit 2
}

(($# == 1 || $# == 2)) || fail "usage: scripts/bundle.sh OUT [BUILD]"
out=$1
build=${2:-$(dirname "$0")/../build}
[[ ! -e $out ]] || fail "$out exists; name a new folder"
[[ -e $build/CMakeCache.txt ]] || fail "$build is no build folder (no CMakeCache.txt); build first"
if command -v prterun >/dev/null; then fail "the MPI here is Open MPI 5 or later; bundles are made with Open MPI 4.1, whose plugins are files"; fi
for tool in ompi_info mpirun orted ldd; do
  command -v "$tool" >/dev/null || fail "$tool is not on PATH (the bundle carries Open MPI); load the MPI that Hone was built with"
done

cmake --install "$build" --prefix "$out" --strip >/dev/null
out=$(realpath "$out")
torch=$(realpath "$(sed -n 's/^HONE_TORCH_DIR:[A-Z]*=//p' "$build/CMakeCache.txt")")
# What a PyPI wheel of PyTorch uses of CUDA lies beside it; any other LibTorch has all in its own folder, and what lies
# beside that may be anything.
cuda=$torch
[[ ! -e $torch/version.py ]] || cuda=$(dirname "$torch")/nvidia
path_of() { ompi_info --path "$1" --parsable | sed -n "s/^path:$1://p" | head -n 1; }

# Libraries of InfiniBand and the like belong to the node, so plugins that need them stay behind: Open MPI then talks
# over TCP and shared memory, while gradients of GPUs take NCCL's own way.
plugins=$(path_of pkglibdir)
mkdir -p "$out"/lib/{openmpi,pmix,hwloc} "$out/share/openmpi" "$out/etc/openmpi"
for plugin in "$plugins"/mca_*.so; do
  case $plugin in
    *_ucx.so | *_ofi.so | *_openib.so | *_psm*.so | *_verbs.so) continue ;;                        # fabrics
    */mca_spml_* | */mca_scoll_* | */mca_sshmem_* | */mca_memheap_* | */mca_atomic_*) continue ;;  # OpenSHMEM
  esac
  cp -L "$plugin" "$out/lib/openmpi/"
done
cp -L "$(path_of pkgdatadir)"/help-*.txt "$out/share/openmpi/"
# What the site set for its own machine is not for others. Without ssh mpirun would not start ranks on its own node
# either; `false` fails where another node is asked for.
cat >"$out/etc/openmpi/openmpi-mca-params.conf" <<'END'
# Settings for every run, one "name = value" a line.
plm_rsh_agent = ssh : rsh : false
END
for program in mpirun orted; do
  cp -L "$(command -v "$program")" "$out/libexec/hone/"
  cp "$out/bin/hone-train" "$out/bin/$program"
done

# What a file needs, transitively, by full path; glibc and what comes with PyTorch is the node's.
needed_by() {
  local list
  list=$(ldd "$@") || fail "ldd cannot read the libraries of $*"
  if grep -q 'not found' <<<"$list"; then
    fail "not found: $(sed -n 's/^[[:space:]]*\(.*\) => not found/\1/p' <<<"$list" | sort -u | tr '\n' ' '); load the modules that Hone was built with"
  fi
  sed -n 's/^[[:space:]]*[^ ]* => \(\/[^ ]*\) (.*/\1/p' <<<"$list" | sort -u | while read -r library; do
    case ${library##*/} in
      libc.so.* | libm.so.* | libdl.so.* | librt.so.* | libpthread.so.* | libutil.so.* | libresolv.so.* | libmvec.so.*) continue ;;
    esac
    case $(realpath "$library") in
      "$torch"/* | "$cuda"/*) continue ;;
    esac
    echo "$library"
  done
}
# The programs as they were built know where this machine keeps LibTorch; the installed ones do not.
mapfile -t programs < <(find "$out/libexec/hone" -type f -name 'hone-*' -printf "$build/bin/%f\n")
needed_by "${programs[@]}" "$out"/libexec/hone/{mpirun,orted} "$out"/lib/openmpi/*.so |
  xargs -r -I{} cp -L {} "$out/lib/"
# A PMIx that is a library of its own has plugins beside it, of which only compression is wanted: it warns without.
if [[ -e $out/lib/libpmix.so.2 ]]; then
  ldd "$out/lib/openmpi/mca_pmix_ext3x.so" | sed -n 's/.*libpmix.so.2 => \([^ ]*\) .*/\1/p' | xargs realpath | xargs dirname |
    while read -r folder; do
      find "$folder/pmix" -name 'pmix_mca_pcompress_*.so' -exec cp -L {} "$out/lib/pmix/" \;
    done
fi
# The newest glibc that any of it asks for: the launcher refuses a node with an older one.
find "$out/libexec" "$out/lib" -type f -exec grep -aohE 'GLIBC_2\.[0-9]+' {} + | sort -uV | sed -n '$s/GLIBC_//p' >"$out/lib/glibc"
echo "bundle: $out, $(du -sm "$out" | cut -f1) MB; it needs glibc $(<"$out/lib/glibc") or later, and HONE_TORCH on the node"
