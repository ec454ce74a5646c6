# hone::torch from the files of a PyPI wheel or of any LibTorch on CMAKE_PREFIX_PATH.
# Torch's own package file wants a CUDA toolkit even for host code; the headers and libraries alone do not.
if(NOT HONE_TORCH_DIR)
  # Nothing that was found without LibTorch is kept: .venv may have come since.
  unset(HONE_PYTHON CACHE)
  find_program(HONE_PYTHON NAMES python3 python HINTS ${CMAKE_SOURCE_DIR}/.venv/bin NO_DEFAULT_PATH)
  find_program(HONE_PYTHON NAMES python3 python)
  find_path(HONE_TORCH_INCLUDE ATen/ATen.h PATH_SUFFIXES include NO_DEFAULT_PATH PATHS ${CMAKE_PREFIX_PATH})
  if(HONE_TORCH_INCLUDE)
    get_filename_component(_torch ${HONE_TORCH_INCLUDE} DIRECTORY)
  elseif(HONE_PYTHON)
    execute_process(COMMAND ${HONE_PYTHON} -c
      "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
      OUTPUT_VARIABLE _torch OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
  set(HONE_TORCH_DIR "${_torch}" CACHE PATH "The folder that holds LibTorch's include/ and lib/" FORCE)
endif()
if(NOT EXISTS "${HONE_TORCH_DIR}/include/ATen/ATen.h")
  message(FATAL_ERROR "LibTorch not found (looked in '${HONE_TORCH_DIR}'); run ./setup.sh, or set HONE_TORCH_DIR or CMAKE_PREFIX_PATH")
endif()
message(STATUS "LibTorch: ${HONE_TORCH_DIR}")

add_library(hone_torch INTERFACE)
add_library(hone::torch ALIAS hone_torch)
target_include_directories(hone_torch SYSTEM INTERFACE ${HONE_TORCH_DIR}/include ${HONE_TORCH_DIR}/include/torch/csrc/api/include)
# LibTorch's include folder carries an fmt of its own; files that see it use it without its library.
target_compile_definitions(hone_torch INTERFACE FMT_HEADER_ONLY=1)
target_link_directories(hone_torch INTERFACE ${HONE_TORCH_DIR}/lib)
# Kernels register themselves by static initialisers, so nothing of these may be dropped as unused.
target_link_options(hone_torch INTERFACE -Wl,--no-as-needed)
target_link_libraries(hone_torch INTERFACE torch_cpu c10)
if(HONE_CUDA)
  if(NOT EXISTS ${HONE_TORCH_DIR}/lib/libtorch_cuda.so)
    message(FATAL_ERROR "This LibTorch has no CUDA (no libtorch_cuda.so in ${HONE_TORCH_DIR}/lib); configure with -DHONE_CUDA=OFF")
  endif()
  target_link_libraries(hone_torch INTERFACE torch_cuda c10_cuda)
endif()
list(APPEND CMAKE_BUILD_RPATH ${HONE_TORCH_DIR}/lib)
