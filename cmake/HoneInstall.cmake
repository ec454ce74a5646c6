# hone_install_program(NAME) installs a program behind a launcher, which finds LibTorch where HONE_TORCH says, so that
# what is installed runs on other machines; scripts/bundle.sh adds the libraries that they lack.
if(EXISTS ${HONE_TORCH_DIR}/version.py)
  file(STRINGS ${HONE_TORCH_DIR}/version.py HONE_TORCH_VERSION REGEX "^__version__ = ")
  string(REGEX REPLACE "^__version__ = '(.*)'$" "\\1" HONE_TORCH_VERSION "${HONE_TORCH_VERSION}")
elseif(EXISTS ${HONE_TORCH_DIR}/build-version)
  file(STRINGS ${HONE_TORCH_DIR}/build-version HONE_TORCH_VERSION LIMIT_COUNT 1)
else()
  set(HONE_TORCH_VERSION "")  # installed from source: the launcher then wants another such
endif()
configure_file(${CMAKE_SOURCE_DIR}/scripts/launcher.sh.in ${CMAKE_BINARY_DIR}/generated/launcher.sh @ONLY)

function(hone_install_program name)
  install(TARGETS ${name} RUNTIME DESTINATION libexec/hone)
  install(PROGRAMS ${CMAKE_BINARY_DIR}/generated/launcher.sh DESTINATION bin RENAME ${name})
endfunction()
