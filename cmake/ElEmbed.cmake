# el_embed(TARGET dir...): every text file in the folders as one C table,
# `el_embedded[]` (src/io/embedded.h), so the program needs no data files.
function(el_embed target)
  set(inputs)
  foreach(dir ${ARGN})
    file(GLOB found CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
      ${PROJECT_SOURCE_DIR}/${dir}/*.json ${PROJECT_SOURCE_DIR}/${dir}/*.ein
      ${PROJECT_SOURCE_DIR}/${dir}/*.html ${PROJECT_SOURCE_DIR}/${dir}/*.js
      ${PROJECT_SOURCE_DIR}/${dir}/*.css)
    list(SORT found)
    list(APPEND inputs ${found})
  endforeach()
  # the list is an input too: a file taken away makes the table stale
  set(list ${CMAKE_CURRENT_BINARY_DIR}/embedded.list)
  list(JOIN inputs "\n" content)
  file(CONFIGURE OUTPUT ${list} CONTENT "${content}\n" @ONLY)
  list(TRANSFORM inputs PREPEND ${PROJECT_SOURCE_DIR}/)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded.c)
  add_custom_command(OUTPUT ${out}
    COMMAND sh ${PROJECT_SOURCE_DIR}/tools/embed.sh ${PROJECT_SOURCE_DIR} ${list} > ${out}
    DEPENDS ${inputs} ${list} ${PROJECT_SOURCE_DIR}/tools/embed.sh
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
