# The engine library: built by cargo once per user, kept under a key of what it is made from.
# Sets the target favo::wasmtime.
set(_crate ${CMAKE_SOURCE_DIR}/src/engine/crate)
set(_key "${CMAKE_SYSTEM_PROCESSOR}")
foreach(_file ${_crate}/Cargo.lock ${_crate}/Cargo.toml ${_crate}/src/lib.rs
        ${_crate}/wasmtime.patch ${_crate}/wasmtime-internal-cranelift.patch
        ${CMAKE_CURRENT_LIST_FILE})
  file(SHA256 ${_file} _hash)
  string(APPEND _key ${_hash})
endforeach()
string(SHA256 _key "${_key}")
string(SUBSTRING ${_key} 0 16 _key)
if(DEFINED ENV{XDG_CACHE_HOME})
  set(_cache $ENV{XDG_CACHE_HOME}/favo)
else()
  set(_cache $ENV{HOME}/.cache/favo)
endif()
set(FAVO_ENGINE_DIR ${_cache}/engine/${_key})

# Where cargo keeps the source of a crate.
function(_favo_crate_source OUT NAME METADATA)
  string(REGEX MATCH "\"manifest_path\":\"([^\"]*/${NAME}-[0-9][^\"/]*)/Cargo.toml\"" _ "${METADATA}")
  if(NOT CMAKE_MATCH_1)
    message(FATAL_ERROR "cargo does not tell where the crate ${NAME} lies")
  endif()
  set(${OUT} ${CMAKE_MATCH_1} PARENT_SCOPE)
endfunction()

# One build at a time: a second checkout that is configured meanwhile waits, and finds it made.
file(MAKE_DIRECTORY ${_cache}/engine)
file(LOCK ${_cache}/engine/${_key}.lock)
if(NOT EXISTS ${FAVO_ENGINE_DIR}/libfavo_engine.a)
  message(STATUS "Building the engine (Wasmtime) once: 4 to 9 minutes")
  set(_work ${FAVO_ENGINE_DIR}/build)
  file(REMOVE_RECURSE ${_work})
  file(MAKE_DIRECTORY ${_work})
  execute_process(
    COMMAND cargo metadata --format-version 1 --locked --manifest-path ${_crate}/Cargo.toml
    OUTPUT_VARIABLE _metadata RESULT_VARIABLE _failed)
  if(_failed)
    message(FATAL_ERROR "cargo cannot fetch the engine: its message is above. It needs Rust 1.91 or newer and crates.io.")
  endif()

  # What differs from the released engine: docs/decisions/engine-changes.md.
  file(COPY ${_crate}/ DESTINATION ${_work}/crate)
  file(APPEND ${_work}/crate/Cargo.toml "\n[patch.crates-io]\n")
  foreach(_name wasmtime wasmtime-internal-cranelift)
    _favo_crate_source(_source ${_name} "${_metadata}")
    file(COPY ${_source}/ DESTINATION ${_work}/${_name})
    execute_process(
      COMMAND patch --batch --forward --fuzz=0 --strip=1 --input=${_crate}/${_name}.patch
      WORKING_DIRECTORY ${_work}/${_name} OUTPUT_QUIET RESULT_VARIABLE _failed)
    if(_failed)
      message(FATAL_ERROR "src/engine/crate/${_name}.patch does not fit this version of the engine (or there is no `patch`)")
    endif()
    file(APPEND ${_work}/crate/Cargo.toml "${_name} = { path = \"../${_name}\" }\n")
  endforeach()

  # Offline: everything is there, so the copied lock file loses the patched crate's origin and no more.
  execute_process(
    COMMAND cargo build --release --offline --manifest-path ${_work}/crate/Cargo.toml
            --target-dir ${_work}/target
    RESULT_VARIABLE _failed)
  if(_failed)
    message(FATAL_ERROR "The engine did not build: cargo's message is above.")
  endif()
  _favo_crate_source(_api wasmtime-c-api-impl "${_metadata}")
  file(REMOVE_RECURSE ${FAVO_ENGINE_DIR}/include)
  file(COPY ${_api}/include/ DESTINATION ${FAVO_ENGINE_DIR}/include)
  foreach(_feature ADDR2LINE ASYNC CRANELIFT DEMANGLE GC GC_DRC GC_NULL PARALLEL_COMPILATION
                   POOLING_ALLOCATOR PROFILING THREADS WAT)
    set(WASMTIME_FEATURE_${_feature} ON)
  endforeach()
  configure_file(${_api}/include/wasmtime/conf.h.in ${FAVO_ENGINE_DIR}/include/wasmtime/conf.h)
  # Last, and by renaming: an interrupted build leaves no half library behind.
  file(RENAME ${_work}/target/release/libfavo_engine.a ${FAVO_ENGINE_DIR}/libfavo_engine.a)
  file(REMOVE_RECURSE ${_work})
endif()
file(LOCK ${_cache}/engine/${_key}.lock RELEASE)

add_library(favo::wasmtime STATIC IMPORTED GLOBAL)
set_target_properties(favo::wasmtime PROPERTIES
  IMPORTED_LOCATION ${FAVO_ENGINE_DIR}/libfavo_engine.a
  INTERFACE_INCLUDE_DIRECTORIES ${FAVO_ENGINE_DIR}/include
  INTERFACE_LINK_LIBRARIES "pthread;dl;m")
