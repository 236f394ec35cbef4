"""Where the import packages lie; everything else is in pyproject.toml."""

from setuptools import find_namespace_packages, setup

# No ckanext/__init__.py and no "ckanext" in packages: the wheels of CKAN,
# ckanext-harvest and ckanext-scheming create `ckanext` from *-nspkg.pth before any
# __init__.py could run, so only a mapped `ckanext.jiangmen` is found.
NOT_CODE = ["*.templates*", "*.assets*", "*.public*", "*.i18n*"]

setup(
    package_dir={
        "": "ckanext-jiangmen",
        "ckanext.jiangmen.schemas": "schemas",
        "harvesters": "harvesters",
    },
    packages=[
        *find_namespace_packages(
            "ckanext-jiangmen", include=["ckanext.jiangmen*"], exclude=NOT_CODE
        ),
        "ckanext.jiangmen.schemas",
        "harvesters",
    ],
    package_data={
        "": [
            "py.typed",
            "*.yaml",
            "*.yml",
            "*.sql",
            "*.txt",
            "*.ini",
            "*.mako",
            "*.json",
        ],
        "ckanext.jiangmen.schemas": ["guides/*.yaml"],
        "ckanext.jiangmen": [
            "i18n/**/*.mo",
            "**/templates/**/*",
            "**/assets/**/*",
            "**/public/**/*",
        ],
    },
)
