# SPDX-License-Identifier: GPL-3.0-or-later
# One package: the command line needs a fraction of what the window needs, and both are wanted on a desk.
install(FILES ${CMAKE_CURRENT_SOURCE_DIR}/debian/copyright DESTINATION ${BRANCHLINE_DOCDIR})
install(FILES ${CMAKE_CURRENT_SOURCE_DIR}/debian/lintian-overrides
    DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME branchline)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME branchline)
set(CPACK_PACKAGE_VENDOR "Branchline")
set(CPACK_PACKAGE_CONTACT "Branchline maintainers <maintainers@branchline.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "lending desk and catalogue of a library with many branches")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Branchline is the program at the lending desk: scan a reader's card and the
books, and see at once what was lent, until when, and what was refused and why.
.
What all branches share lives in one main PostgreSQL database, the copies and
loans of each branch in one of several shard databases. Without a configured
server the program runs a private PostgreSQL server with a local library.
.
This package contains the desktop program and the command line branchlinectl.")
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION misc)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${CMAKE_CURRENT_SOURCE_DIR}/debian/preinst
    ${CMAKE_CURRENT_SOURCE_DIR}/debian/postinst
    ${CMAKE_CURRENT_SOURCE_DIR}/debian/postrm)

# dpkg-shlibdeps finds what is linked; what is loaded at run time is named here: the PostgreSQL plugin of Qt Sql,
# the SVG image plugin, a font, and the server (unaccent and pg_trgm come with it) for the local library.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
string(JOIN ", " CPACK_DEBIAN_PACKAGE_DEPENDS
    "libqt6sql6-psql"
    "libqt6svg6"
    "fonts-inter | fonts-dejavu-core"
    "postgresql-15 | postgresql-16 | postgresql-17 | postgresql (>= 15)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "qt6-wayland, gnome-keyring | kwalletmanager")
include(CPack)
