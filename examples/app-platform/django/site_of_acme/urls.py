from django.http import HttpResponse
from django.urls import path

from notes.models import Note


def hello(request):
    return HttpResponse(f"hello from django, edition 1, deployed {Note.objects.count()} times")


urlpatterns = [path("", hello)]
