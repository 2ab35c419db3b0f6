# Manual pages and completions, made by the program from its option tables.
set_property(DIRECTORY APPEND PROPERTY
  CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/cli/verbs.h)
file(READ ${PROJECT_SOURCE_DIR}/src/cli/verbs.h table)
string(REGEX MATCHALL "    X\\([a-z]+\\)" verbs "${table}")
list(TRANSFORM verbs REPLACE ".*X\\(([a-z]+)\\)" "\\1")
list(REMOVE_ITEM verbs man) # hidden

set(dir ${CMAKE_CURRENT_BINARY_DIR}/manual)
file(MAKE_DIRECTORY ${dir})
set(commands COMMAND energylens man -o ${dir}/energylens.1)
set(pages ${dir}/energylens.1)
foreach(verb ${verbs})
  list(APPEND pages ${dir}/energylens-${verb}.1)
  list(APPEND commands COMMAND energylens man ${verb} -o ${dir}/energylens-${verb}.1)
endforeach()
# each under the name that its shell looks for
set(completions ${dir}/energylens ${dir}/_energylens ${dir}/energylens.fish)
list(APPEND commands
  COMMAND energylens man --completion bash -o ${dir}/energylens
  COMMAND energylens man --completion zsh -o ${dir}/_energylens
  COMMAND energylens man --completion fish -o ${dir}/energylens.fish)
# packages carry them packed
list(TRANSFORM pages APPEND .gz OUTPUT_VARIABLE packed)
list(APPEND commands COMMAND gzip -9nkf ${pages} ${dir}/changelog)
add_custom_command(OUTPUT ${pages} ${packed} ${completions} ${commands}
  DEPENDS energylens VERBATIM)
add_custom_target(manual ALL DEPENDS ${pages} ${packed} ${completions})

install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT local)
install(FILES ${packed} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1
  COMPONENT program EXCLUDE_FROM_ALL)
install(FILES ${dir}/energylens COMPONENT program
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${dir}/energylens.fish COMPONENT program
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
# zsh of Debian looks elsewhere for what packages bring
install(FILES ${dir}/_energylens COMPONENT local
  DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${dir}/_energylens COMPONENT program EXCLUDE_FROM_ALL
  DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
