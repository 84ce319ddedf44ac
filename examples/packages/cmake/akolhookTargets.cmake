# The targets, for CMakeLists.txt and akolhookConfig.cmake, which set akolhook_INCLUDE (folders) and akolhook_SOURCE (akolhook.c).
#
#   akolhook::akolhook   the header: define AKOLHOOK_IMPLEMENTATION in one file of yours
#   akolhook::static     the same compiled, and
#   akolhook::shared     as a shared library: define nothing. Both are built only where something links them.
#   akolhook::hub  ::journal  ::sqlite  ::postgres  ::openssl  ::mbedtls  ::bearssl  ::wolfssl  ::curl
#                        an extension with the library that it needs; there when that library is. Its switch
#                        (AKOLHOOK_OPENSSL_IMPLEMENTATION and so on) goes into a file of yours; AKOLHOOK_IMPLEMENT_ALL
#                        is for akolhook::akolhook, as it implements the core too.
if(TARGET akolhook::akolhook)
    return()
endif()

# akolhook_find(PACKAGE VERSION TARGET...): find_package, and its targets seen wherever akolhook's are; those that were there
# before belong to the folder that found them
macro(akolhook_find package version)
    set(akolhook_new)
    foreach(target ${ARGN})
        if(NOT TARGET ${target})
            list(APPEND akolhook_new ${target})
        endif()
    endforeach()
    find_package(${package} ${version} QUIET)
    foreach(target ${akolhook_new})
        if(TARGET ${target})
            get_target_property(akolhook_aliased ${target} ALIASED_TARGET)
            if(NOT akolhook_aliased)
                set_target_properties(${target} PROPERTIES IMPORTED_GLOBAL TRUE)
            endif()
        endif()
    endforeach()
endmacro()

# threads are for the lookup of names; bare metal has none
add_library(akolhook::akolhook INTERFACE IMPORTED GLOBAL)
set_target_properties(akolhook::akolhook PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${akolhook_INCLUDE}")
akolhook_find(Threads "" Threads::Threads)
if(TARGET Threads::Threads)
    set_property(TARGET akolhook::akolhook PROPERTY INTERFACE_LINK_LIBRARIES Threads::Threads)
endif()

# a project without C compiles it as C++
get_property(akolhook_languages GLOBAL PROPERTY ENABLED_LANGUAGES)
if(NOT "C" IN_LIST akolhook_languages)
    set_source_files_properties("${akolhook_SOURCE}" PROPERTIES LANGUAGE CXX)
endif()
foreach(kind STATIC SHARED)
    string(TOLOWER ${kind} name)
    add_library(akolhook_${name} ${kind} EXCLUDE_FROM_ALL "${akolhook_SOURCE}")
    add_library(akolhook::${name} ALIAS akolhook_${name})
    target_link_libraries(akolhook_${name} PUBLIC akolhook::akolhook)
    set_target_properties(akolhook_${name} PROPERTIES OUTPUT_NAME akolhook C_STANDARD 99 C_EXTENSIONS ON
        C_VISIBILITY_PRESET default WINDOWS_EXPORT_ALL_SYMBOLS ON)
endforeach()

# akolhook_extension(NAME TARGET...): akolhook::NAME on other targets
function(akolhook_extension name)
    add_library(akolhook::${name} INTERFACE IMPORTED GLOBAL)
    set_property(TARGET akolhook::${name} PROPERTY INTERFACE_LINK_LIBRARIES ${ARGN} akolhook::akolhook)
endfunction()

# akolhook_library(NAME HEADER LIBRARY...): akolhook::NAME when the header and all the libraries are there
function(akolhook_library name header)
    find_path(akolhook_${name}_INCLUDE ${header} PATH_SUFFIXES postgresql pgsql)
    set(found "${akolhook_${name}_INCLUDE}")
    set(paths)
    foreach(library ${ARGN})
        find_library(akolhook_${name}_${library} ${library})
        list(APPEND paths "${akolhook_${name}_${library}}")
    endforeach()
    mark_as_advanced(akolhook_${name}_INCLUDE)
    if(found AND NOT paths MATCHES "NOTFOUND")
        akolhook_extension(${name} ${paths})
        set_target_properties(akolhook::${name} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${found}")
    endif()
endfunction()

# akolhook_package(NAME PACKAGE VERSION TARGET...): akolhook::NAME when CMake finds the package
macro(akolhook_package name package version)
    akolhook_find(${package} ${version} ${ARGN})
    if(${package}_FOUND)
        akolhook_extension(${name} ${ARGN})
    endif()
endmacro()

akolhook_extension(hub)
akolhook_extension(journal akolhook::hub)
akolhook_package(openssl OpenSSL 3.0 OpenSSL::SSL OpenSSL::Crypto)
akolhook_package(curl CURL 7.88 CURL::libcurl)
akolhook_package(sqlite SQLite3 3.35 SQLite::SQLite3)
akolhook_library(postgres libpq-fe.h pq)
akolhook_library(mbedtls mbedtls/ssl.h mbedtls mbedx509 mbedcrypto)
akolhook_library(bearssl bearssl.h bearssl)
akolhook_library(wolfssl wolfssl/ssl.h wolfssl)
foreach(store sqlite postgres)
    if(TARGET akolhook::${store})
        set_property(TARGET akolhook::${store} APPEND PROPERTY INTERFACE_LINK_LIBRARIES akolhook::hub)
    endif()
endforeach()
