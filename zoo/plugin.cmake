# SPDX-License-Identifier: Apache-2.0
# mien_add_plugin(NAME SOURCE...): a module NAME.so that exports mien_plugin_entry alone.
function(mien_add_plugin name)
  set(map ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map)
  add_library(mien-plugin-${name} MODULE ${ARGN})
  set_target_properties(mien-plugin-${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name}
    C_STANDARD 11 C_VISIBILITY_PRESET hidden LINK_DEPENDS ${map})
  target_link_libraries(mien-plugin-${name} PRIVATE mien::mien m)
  target_link_options(mien-plugin-${name} PRIVATE -Wl,--version-script=${map})
  if(NOT (CMAKE_C_COMPILER_ID MATCHES Clang AND CMAKE_C_FLAGS MATCHES -fsanitize))
    # clang leaves sanitizers' symbols to the program
    target_link_options(mien-plugin-${name} PRIVATE -Wl,-z,defs)
  endif()
endfunction()
