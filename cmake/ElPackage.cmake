# `make package`: energylens, libenergylens0, libenergylens-dev and
# python3-energylens for Debian, and a tarball of all but Python.
set(CPACK_PACKAGE_VENDOR EnergyLens)
set(CPACK_PACKAGE_CONTACT "EnergyLens maintainers <maintainers@localhost>")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_SOURCE_GENERATOR "")
set(CPACK_ARCHIVE_COMPONENT_INSTALL OFF)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)

# package NAME COMPONENT SECTION SUMMARY: what all packages have
set(CPACK_COMPONENTS_ALL)
function(el_package name component section summary)
  string(TOUPPER ${component} key)
  set(CPACK_DEBIAN_${key}_PACKAGE_NAME ${name} PARENT_SCOPE)
  set(CPACK_DEBIAN_${key}_PACKAGE_SECTION ${section} PARENT_SCOPE)
  set(CPACK_COMPONENT_${key}_DESCRIPTION "${summary}
 EnergyLens predicts what serving a language model costs in joules and finds
 the configuration that costs least while the latency promise is kept."
    PARENT_SCOPE)
  set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_ALL} ${component} PARENT_SCOPE)
  set(doc ${CMAKE_INSTALL_DATADIR}/doc/${name})
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/debian-copyright RENAME copyright
    DESTINATION ${doc} COMPONENT ${component} EXCLUDE_FROM_ALL)
  install(FILES ${dir}/changelog.gz DESTINATION ${doc}
    COMPONENT ${component} EXCLUDE_FROM_ALL)
endfunction()
configure_file(${PROJECT_SOURCE_DIR}/cmake/debian-changelog.in ${dir}/changelog @ONLY)

set(same "libenergylens0 (= ${PROJECT_VERSION})")
el_package(energylens program science "joules of serving a language model")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS "libcurl4, libmicrohttpd12, libpq5") # loaded at run time
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS libxgboost0)

el_package(libenergylens0 library libs "joules of serving a language model, library")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_RECOMMENDS "libcurl4, libmicrohttpd12, libpq5")

el_package(libenergylens-dev development libdevel
  "joules of serving a language model, headers")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${same}")

el_package(python3-energylens python python "joules of serving a language model, Python")
set(CPACK_DEBIAN_PYTHON_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS "python3, python3-numpy, ${same}")
set(CPACK_DEBIAN_PYTHON_PACKAGE_RECOMMENDS python3-pandas)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/python/energylens COMPONENT python
  DESTINATION lib/python3/dist-packages EXCLUDE_FROM_ALL
  FILES_MATCHING PATTERN *.py PATTERN py.typed PATTERN __pycache__ EXCLUDE)

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE COMPONENT local
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/energylens)
include(CPack)
