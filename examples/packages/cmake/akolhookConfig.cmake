# find_package(akolhook [VERSION] [REQUIRED] [COMPONENTS openssl sqlite ...]): the targets of akolhookTargets.cmake. A component
# is an extension that must be there, with its library.
get_filename_component(akolhook_PREFIX "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(akolhook_INCLUDE "${akolhook_PREFIX}/include")
set(akolhook_SOURCE "${akolhook_PREFIX}/share/akolhook/akolhook.c")
include("${CMAKE_CURRENT_LIST_DIR}/akolhookTargets.cmake")

foreach(component IN LISTS akolhook_FIND_COMPONENTS)
    if(TARGET akolhook::${component})
        set(akolhook_${component}_FOUND TRUE)
    else()
        set(akolhook_${component}_FOUND FALSE)
        if(akolhook_FIND_REQUIRED_${component})
            set(akolhook_FOUND FALSE)
            set(akolhook_NOT_FOUND_MESSAGE "akolhook::${component} needs a library that was not found, or there is no such extension")
        endif()
    endif()
endforeach()
