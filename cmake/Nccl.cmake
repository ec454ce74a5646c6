# hone::nccl: NCCL and the CUDA runtime that LibTorch itself uses, from the wheels beside it or from the system.
# The wheel's own are taken before those of CMAKE_PREFIX_PATH, which a module may have set to another CUDA's: one process
# must never hold two.
get_filename_component(_site ${HONE_TORCH_DIR} DIRECTORY)
set(_cuda ${_site}/nvidia/cu13 ${_site}/nvidia/cuda_runtime)  # the latter in wheels for CUDA 12
find_path(HONE_NCCL_INCLUDE nccl.h PATHS ${_site}/nvidia/nccl/include NO_DEFAULT_PATH)
find_path(HONE_NCCL_INCLUDE nccl.h)
find_path(HONE_CUDART_INCLUDE cuda_runtime_api.h PATHS ${_cuda} PATH_SUFFIXES include NO_DEFAULT_PATH)
find_path(HONE_CUDART_INCLUDE cuda_runtime_api.h)
set(_nccl_names NAMES libnccl.so.2 libnccl.so)
find_file(HONE_NCCL_LIBRARY ${_nccl_names} PATHS ${_site}/nvidia/nccl/lib NO_DEFAULT_PATH)
find_file(HONE_NCCL_LIBRARY ${_nccl_names} PATH_SUFFIXES lib lib64)
set(_cudart_names NAMES libcudart.so.13 libcudart.so.12 libcudart.so)
find_file(HONE_CUDART_LIBRARY ${_cudart_names} PATHS ${_cuda} PATH_SUFFIXES lib NO_DEFAULT_PATH)
find_file(HONE_CUDART_LIBRARY ${_cudart_names} PATH_SUFFIXES lib lib64)
foreach(_part NCCL_INCLUDE CUDART_INCLUDE NCCL_LIBRARY CUDART_LIBRARY)
  if(NOT HONE_${_part})
    message(FATAL_ERROR "NCCL/CUDA not found (HONE_${_part}); set it, or configure with -DHONE_CUDA=OFF for a LibTorch without CUDA")
  endif()
endforeach()
get_filename_component(_nccl_lib ${HONE_NCCL_LIBRARY} DIRECTORY)
get_filename_component(_cudart_lib ${HONE_CUDART_LIBRARY} DIRECTORY)

add_library(hone_nccl INTERFACE)
add_library(hone::nccl ALIAS hone_nccl)
target_include_directories(hone_nccl SYSTEM INTERFACE ${HONE_NCCL_INCLUDE} ${HONE_CUDART_INCLUDE})
target_link_libraries(hone_nccl INTERFACE ${HONE_NCCL_LIBRARY} ${HONE_CUDART_LIBRARY})
list(APPEND CMAKE_BUILD_RPATH ${_nccl_lib} ${_cudart_lib})
