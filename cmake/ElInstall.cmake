# `make install`: program, shared library, public headers, pkg-config, man page.
include(GNUInstallDirs)

# One shared library of every layer below the command line.
add_library(energylens_shared SHARED $<TARGET_OBJECTS:el_base>
  $<TARGET_OBJECTS:el_num> $<TARGET_OBJECTS:el_expr> $<TARGET_OBJECTS:el_model> $<TARGET_OBJECTS:el_io>)
set_target_properties(energylens_shared PROPERTIES OUTPUT_NAME energylens
  LINKER_LANGUAGE C VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
target_link_libraries(energylens_shared PRIVATE el_flags m Threads::Threads
  PkgConfig::LAPACKE PkgConfig::JANSSON PkgConfig::CAIRO)
install(TARGETS energylens energylens_shared
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/energylens
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
configure_file(${PROJECT_SOURCE_DIR}/cmake/energylens.pc.in
  ${CMAKE_CURRENT_BINARY_DIR}/energylens.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/energylens.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${PROJECT_SOURCE_DIR}/docs/man/energylens.1
  DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/data/fits
  DESTINATION ${CMAKE_INSTALL_DATADIR}/energylens)
