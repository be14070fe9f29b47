from setuptools import setup

setup(
    name="greeter",
    version="1.0.0",
    packages=["greeter"],
    install_requires=["bottle==0.13.2"],
    entry_points={"console_scripts": ["greet=greeter:main"]},
)
