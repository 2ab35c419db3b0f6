# el_embed(TARGET dir...): every *.json below the folders as one C table,
# `el_embedded[]` (src/io/embedded.h), so the program needs no data files.
function(el_embed target)
  set(inputs)
  foreach(dir ${ARGN})
    file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${dir}/*.json)
    list(APPEND inputs ${found})
  endforeach()
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded.c)
  add_custom_command(OUTPUT ${out}
    COMMAND sh ${PROJECT_SOURCE_DIR}/tools/embed.sh ${PROJECT_SOURCE_DIR} ${ARGN} > ${out}
    DEPENDS ${inputs} ${PROJECT_SOURCE_DIR}/tools/embed.sh
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
