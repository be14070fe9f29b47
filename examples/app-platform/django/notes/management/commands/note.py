from django.core.management.base import BaseCommand

from notes.models import Note


class Command(BaseCommand):
    help = "Notes that there was a deployment."

    def handle(self, *args, **options):
        Note.objects.create()
