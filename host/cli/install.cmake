# SPDX-License-Identifier: Apache-2.0
# The man page and the completion scripts, which mien prints itself.
set(manual ${PROJECT_BINARY_DIR}/share/man/man1/mien.1)
set(completions ${PROJECT_BINARY_DIR}/share/completions)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/share/man/man1 ${completions})
add_custom_command(OUTPUT ${manual} ${completions}/mien ${completions}/_mien ${completions}/mien.fish
  COMMAND mien-program __manual > ${manual}
  COMMAND mien-program completion bash > ${completions}/mien
  COMMAND mien-program completion zsh > ${completions}/_mien
  COMMAND mien-program completion fish > ${completions}/mien.fish
  DEPENDS mien-program VERBATIM COMMENT "Printing the man page and completion scripts")
add_custom_target(mien-pages ALL DEPENDS ${manual} ${completions}/mien)
install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${completions}/mien DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${completions}/_mien DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${completions}/mien.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
