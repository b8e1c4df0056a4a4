"""A Typer app with one empty command: the least that a command line made with Typer can take."""

import typer

app = typer.Typer()


@app.command()
def main() -> None:
    """Do nothing."""


if __name__ == "__main__":
    app()
