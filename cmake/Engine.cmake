# The engine library: built by cargo once per user, kept under a key of what it is made from.
# Sets the target favo::wasmtime.
set(_crate ${CMAKE_SOURCE_DIR}/src/engine/crate)
file(SHA256 ${_crate}/Cargo.lock _lock)
file(SHA256 ${_crate}/Cargo.toml _toml)
file(SHA256 ${_crate}/src/lib.rs _glue)
string(SHA256 _key "${_lock}${_toml}${_glue}${CMAKE_SYSTEM_PROCESSOR}")
string(SUBSTRING ${_key} 0 16 _key)
if(DEFINED ENV{XDG_CACHE_HOME})
  set(_cache $ENV{XDG_CACHE_HOME}/favo)
else()
  set(_cache $ENV{HOME}/.cache/favo)
endif()
set(FAVO_ENGINE_DIR ${_cache}/engine/${_key})

if(NOT EXISTS ${FAVO_ENGINE_DIR}/libfavo_engine.a)
  message(STATUS "Building the engine (Wasmtime) once: 4 to 9 minutes")
  file(MAKE_DIRECTORY ${FAVO_ENGINE_DIR})
  execute_process(
    COMMAND cargo build --release --locked --manifest-path ${_crate}/Cargo.toml
            --target-dir ${FAVO_ENGINE_DIR}/target
    RESULT_VARIABLE _failed)
  if(_failed)
    message(FATAL_ERROR "The engine did not build: cargo's message is above. It needs Rust 1.91 or newer and crates.io.")
  endif()
  execute_process(
    COMMAND cargo metadata --format-version 1 --locked --manifest-path ${_crate}/Cargo.toml
    OUTPUT_VARIABLE _metadata COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCH "\"manifest_path\":\"([^\"]*/wasmtime-c-api-impl-[^\"/]*)/Cargo.toml\"" _ "${_metadata}")
  set(_api ${CMAKE_MATCH_1})
  file(REMOVE_RECURSE ${FAVO_ENGINE_DIR}/include)
  file(COPY ${_api}/include/ DESTINATION ${FAVO_ENGINE_DIR}/include)
  foreach(_feature ADDR2LINE ASYNC CRANELIFT DEMANGLE GC GC_DRC GC_NULL PARALLEL_COMPILATION
                   POOLING_ALLOCATOR PROFILING THREADS WAT)
    set(WASMTIME_FEATURE_${_feature} ON)
  endforeach()
  configure_file(${_api}/include/wasmtime/conf.h.in ${FAVO_ENGINE_DIR}/include/wasmtime/conf.h)
  # Last, and by renaming: an interrupted build leaves no half library behind.
  file(RENAME ${FAVO_ENGINE_DIR}/target/release/libfavo_engine.a ${FAVO_ENGINE_DIR}/libfavo_engine.a)
  file(REMOVE_RECURSE ${FAVO_ENGINE_DIR}/target)
endif()

add_library(favo::wasmtime STATIC IMPORTED GLOBAL)
set_target_properties(favo::wasmtime PROPERTIES
  IMPORTED_LOCATION ${FAVO_ENGINE_DIR}/libfavo_engine.a
  INTERFACE_INCLUDE_DIRECTORIES ${FAVO_ENGINE_DIR}/include
  INTERFACE_LINK_LIBRARIES "pthread;dl;m")
