# `make install`: program, shared library, public headers, pkg-config and CMake
# packages, manual, completions; `make package`: the same as packages.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# One shared library of all layers. What it exports is default-visible
# (EL_API_BEGIN) and named in the version script.
get_property(layers GLOBAL PROPERTY EL_LAYERS)
get_property(libs GLOBAL PROPERTY EL_LAYER_LIBS)
list(REMOVE_DUPLICATES libs)
list(TRANSFORM layers REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)
set(map ${CMAKE_CURRENT_BINARY_DIR}/energylens.map)
configure_file(${PROJECT_SOURCE_DIR}/cmake/energylens.map.in ${map} @ONLY)
add_library(energylens_shared SHARED ${objects})
set_target_properties(energylens_shared PROPERTIES OUTPUT_NAME energylens
  EXPORT_NAME energylens LINKER_LANGUAGE C LINK_DEPENDS ${map}
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
target_link_libraries(energylens_shared PRIVATE el_flags ${libs})
target_link_options(energylens_shared PRIVATE "LINKER:--version-script=${map}")
if(NOT EL_SANITIZE) # whose symbols are in the program
  target_link_options(energylens_shared PRIVATE LINKER:--no-undefined)
endif()
target_include_directories(energylens_shared INTERFACE
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
install(TARGETS energylens RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
  COMPONENT program)
if(TARGET energylens-mpi)
  install(TARGETS energylens-mpi RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
    COMPONENT local) # not in packages, which would all need MPI
endif()
install(TARGETS energylens_shared EXPORT EnergyLensTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  COMPONENT library NAMELINK_COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/energylens
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)

# pkg-config --cflags --libs energylens; found from wherever it was moved to
file(RELATIVE_PATH EL_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${PROJECT_SOURCE_DIR}/cmake/energylens.pc.in
  ${CMAKE_CURRENT_BINARY_DIR}/energylens.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/energylens.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

# find_package(EnergyLens): before 1.0 a minor version may change the tools
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/EnergyLens)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/EnergyLensConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/EnergyLensConfig.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(
  ${CMAKE_CURRENT_BINARY_DIR}/EnergyLensConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/EnergyLensConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/EnergyLensConfigVersion.cmake
  DESTINATION ${package} COMPONENT development)
install(EXPORT EnergyLensTargets NAMESPACE EnergyLens:: DESTINATION ${package}
  COMPONENT development)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/data/fits
  DESTINATION ${CMAKE_INSTALL_DATADIR}/energylens COMPONENT program)
include(ElManual)
include(ElPackage)
